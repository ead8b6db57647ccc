using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Solves T·X = B for a small triangle T with vectors of one width, which lie along the rows of X.</summary>
/// <remarks>
/// Four rows at a time: what the rows before them contribute are four independent chains of multiply-adds for each vector, and a vector of X that is loaded
/// serves four of them. T is read by steps, which may be negative: so one loop goes through both triangles, stored either way, downwards and upwards.
/// </remarks>
static unsafe class TriangleTile<S, V, T>
    where S : struct, ISolvingLanes<V, T>
    where T : unmanaged
{
    /// <summary>X ← T⁻¹·X.</summary>
    /// <param name="n">Rows of T and X.</param>
    /// <param name="k">Columns of X.</param>
    /// <param name="t">T[0, 0], which belongs to the row that is solved first.</param>
    /// <param name="down">From a row of T to the next.</param>
    /// <param name="across">From a column of T to the next.</param>
    /// <param name="unit">Whether the diagonal is taken as 1.</param>
    /// <param name="x">The row of X that is solved first.</param>
    /// <param name="lead">From a row of X to the next.</param>
    [MethodImpl(Jit.Loop)]
    public static void Solve(int n, int k, T* t, nint down, nint across, bool unit, T* x, nint lead)
    {
        int j = 0;
        for (; j <= k - (2 * S.Count); j += 2 * S.Count) Wide(n, t, down, across, unit, x + j, lead);
        for (; j < k; j += S.Count) Narrow(n, t, down, across, unit, x + j, lead, Math.Min(S.Count, k - j));
    }

    [MethodImpl(Jit.Loop)]
    static void Wide(int n, T* t, nint down, nint across, bool unit, T* x, nint lead)
    {
        int i = 0;
        T* row = x;
        for (; i + 4 <= n; i += 4, row += 4 * lead, t += 4 * down)
        {
            T* r1 = row + lead, r2 = r1 + lead, r3 = r2 + lead;
            V a0 = S.Load(row), a1 = S.Load(r1), a2 = S.Load(r2), a3 = S.Load(r3);
            V b0 = S.Load(row + S.Count), b1 = S.Load(r1 + S.Count), b2 = S.Load(r2 + S.Count), b3 = S.Load(r3 + S.Count);
            T* f = t, y = x, f3 = t + (3 * down);
            for (int q = 0; q < i; q++, f += across, f3 += across, y += lead)
            {
                V u = S.Load(y), w = S.Load(y + S.Count), factor = S.Broadcast(*f);
                (a0, b0) = (S.Less(a0, factor, u), S.Less(b0, factor, w));
                factor = S.Broadcast(f[down]);
                (a1, b1) = (S.Less(a1, factor, u), S.Less(b1, factor, w));
                factor = S.Broadcast(f[2 * down]);
                (a2, b2) = (S.Less(a2, factor, u), S.Less(b2, factor, w));
                factor = S.Broadcast(*f3);
                (a3, b3) = (S.Less(a3, factor, u), S.Less(b3, factor, w));
            }
            Corner(f, down, across, unit, ref a0, ref a1, ref a2, ref a3);
            Corner(f, down, across, unit, ref b0, ref b1, ref b2, ref b3);
            S.Store(row, a0);
            S.Store(r1, a1);
            S.Store(r2, a2);
            S.Store(r3, a3);
            S.Store(row + S.Count, b0);
            S.Store(r1 + S.Count, b1);
            S.Store(r2 + S.Count, b2);
            S.Store(r3 + S.Count, b3);
        }
        for (; i < n; i++, row += lead, t += down)
        {
            V a = S.Load(row), b = S.Load(row + S.Count);
            T* f = t, y = x;
            for (int q = 0; q < i; q++, f += across, y += lead)
            {
                V factor = S.Broadcast(*f);
                a = S.Less(a, factor, S.Load(y));
                b = S.Less(b, factor, S.Load(y + S.Count));
            }
            S.Store(row, unit ? a : S.Divide(a, S.Broadcast(*f)));
            S.Store(row + S.Count, unit ? b : S.Divide(b, S.Broadcast(*f)));
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Narrow(int n, T* t, nint down, nint across, bool unit, T* x, nint lead, int count)
    {
        V mask = S.Mask(count);
        int i = 0;
        T* row = x;
        for (; i + 4 <= n; i += 4, row += 4 * lead, t += 4 * down)
        {
            T* r1 = row + lead, r2 = r1 + lead, r3 = r2 + lead;
            V a0 = S.LoadExact(row, mask, count), a1 = S.LoadExact(r1, mask, count), a2 = S.LoadExact(r2, mask, count), a3 = S.LoadExact(r3, mask, count);
            T* f = t, y = x, f3 = t + (3 * down);
            for (int q = 0; q < i; q++, f += across, f3 += across, y += lead)
            {
                V u = S.LoadExact(y, mask, count);
                a0 = S.Less(a0, S.Broadcast(*f), u);
                a1 = S.Less(a1, S.Broadcast(f[down]), u);
                a2 = S.Less(a2, S.Broadcast(f[2 * down]), u);
                a3 = S.Less(a3, S.Broadcast(*f3), u);
            }
            Corner(f, down, across, unit, ref a0, ref a1, ref a2, ref a3);
            S.StorePart(row, a0, mask, count);
            S.StorePart(r1, a1, mask, count);
            S.StorePart(r2, a2, mask, count);
            S.StorePart(r3, a3, mask, count);
        }
        for (; i < n; i++, row += lead, t += down)
        {
            V a = S.LoadExact(row, mask, count);
            T* f = t, y = x;
            for (int q = 0; q < i; q++, f += across, y += lead) a = S.Less(a, S.Broadcast(*f), S.LoadExact(y, mask, count));
            S.StorePart(row, unit ? a : S.Divide(a, S.Broadcast(*f)), mask, count);
        }
    }

    /// <summary>Four rows among themselves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Corner(T* t, nint down, nint across, bool unit, ref V x0, ref V x1, ref V x2, ref V x3)
    {
        V a0 = x0, a1 = x1, a2 = x2, a3 = x3;
        T* t1 = t + down, t2 = t1 + down, t3 = t2 + down;
        if (!unit) a0 = S.Divide(a0, S.Broadcast(*t));
        a1 = S.Less(a1, S.Broadcast(*t1), a0);
        a2 = S.Less(a2, S.Broadcast(*t2), a0);
        a3 = S.Less(a3, S.Broadcast(*t3), a0);
        if (!unit) a1 = S.Divide(a1, S.Broadcast(t1[across]));
        a2 = S.Less(a2, S.Broadcast(t2[across]), a1);
        a3 = S.Less(a3, S.Broadcast(t3[across]), a1);
        if (!unit) a2 = S.Divide(a2, S.Broadcast(t2[2 * across]));
        a3 = S.Less(a3, S.Broadcast(t3[2 * across]), a2);
        if (!unit) a3 = S.Divide(a3, S.Broadcast(t3[3 * across]));
        (x0, x1, x2, x3) = (a0, a1, a2, a3);
    }
}
