using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Folds of runs of two to five floats, sixteen at a time: their first numbers in one vector, their second ones in another, joined in the order in which the lanes of a single run are.</summary>
static unsafe class ShortRuns
{
    const int Width = 16, Longest = 5, Fewest = 4 * Width;

    /// <summary>How many numbers tell where the lanes of all columns come from; 0 where runs are folded one by one.</summary>
    public static int PicksOf<T>(int run, int runs) where T : unmanaged =>
        Avx512F.IsSupported && typeof(T) == typeof(float) && run is >= 2 and <= Longest && runs >= Fewest ? run * (run - 1) * Width : 0;

    /// <summary>For each column, for each vector of the runs after the first, the lanes to take from what is there and from that vector.</summary>
    public static void Fill(int run, int* picks)
    {
        for (int column = 0; column < run; column++)
        {
            for (int vector = 1; vector < run; vector++)
            {
                for (int i = 0; i < Width; i++)
                {
                    int place = column + (run * i);
                    *picks++ = place / Width == vector ? Width + (place % Width) : vector == 1 && place < Width ? place : i;
                }
            }
        }
    }

    /// <summary>y[i] = fold of run i, for all that come in sixteens; returns how many.</summary>
    [MethodImpl(Jit.Loop)]
    public static int Fold<TFold, TMap, T>(float* x, int run, int runs, int* picks, float* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        // Aligned: what is stored across two cache lines is slow to be read back.
        Vector512<T>* room = stackalloc Vector512<T>[Longest + 1], columns = (Vector512<T>*)(((nuint)room + 63) & ~(nuint)63);
        Vector512<T> neutral = Vector512.Create(TFold.Neutral);
        int i = 0;
        for (; i + Width <= runs; i += Width, x += Width * run)
        {
            int* pick = picks;
            for (int column = 0; column < run; column++)
            {
                Vector512<float> lanes = Vector512.Load(x);
                for (int vector = 1; vector < run; vector++, pick += Width) lanes = Avx512F.PermuteVar16x32x2(lanes, Vector512.Load(pick), Vector512.Load(x + (vector * Width)));
                columns[column] = TFold.Join(neutral, TMap.Of(lanes.As<float, T>()));
            }
            // See LaneFold: halves to halves.
            for (int half = 4; half > 0; half /= 2)
            {
                for (int column = 0; column < half && column + half < run; column++) columns[column] = TFold.Join(columns[column], columns[column + half]);
            }
            columns[0].As<T, float>().Store(y + i);
        }
        return i;
    }
}
