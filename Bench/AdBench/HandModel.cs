using System.Globalization;

namespace Autograd.Bench.AdBench;

/// <summary>
/// A hand of bones and of a skin that follows them.
/// Source: Srajer, Kukelova and Fitzgibbon 2018, "A benchmark of selected algorithmic differentiation tools", problem HAND.
/// </summary>
sealed class HandModel
{
    /// <summary>Parameters of a pose: global rotation (axis times angle), translation, and four angles a finger.</summary>
    public const int PoseSize = 26;

    const int Fingers = 5, FirstAngle = 6, Element = 4;

    readonly Tensor _relative, _inverseBase, _flexion, _abduction, _order;
    readonly (Tensor Bones, Tensor? Parents)[] _levels;

    /// <summary>[vertices, 4·bones]: the homogeneous coordinates of each vertex times its weight for each bone; linear in the bones' transforms.</summary>
    public Tensor Skin { get; }

    /// <summary>The corners of each triangle, [triangles, 3], Int64.</summary>
    public Tensor Triangles { get; }

    public HandModel(string folder)
    {
        string[][] bones = Fields(folder, "bones.txt");
        int[] parents = [.. bones.Select(bone => int.Parse(bone[1], CultureInfo.InvariantCulture))];
        _relative = Matrices(bones, 2);
        _inverseBase = Matrices(bones, 18);
        (_flexion, _abduction) = Angles(parents.Length);
        (_levels, _order) = Levels(parents);
        Skin = ReadSkin(Fields(folder, "vertices.txt"), parents.Length);
        string[][] triangles = Fields(folder, "triangles.txt");
        Triangles = Tensor.From([.. triangles.SelectMany(corners => corners.Select(corner => long.Parse(corner, CultureInfo.InvariantCulture)))], [triangles.Length, 3]);
    }

    /// <summary>Places of the vertices whose rows of <see cref="Skin"/> are given, [rows, 3], in a pose [26].</summary>
    public Tensor Positions(Tensor pose, Tensor skin)
    {
        Tensor transforms = Transforms(pose).Slice(1, 0, 3);
        Tensor positions = skin.MatMul(transforms.Transpose(1, 2).Reshape(-1, 3));
        return positions.MatMul(Rotation(pose.Slice(0, 0, 3)).T) + pose.Slice(0, 3, FirstAngle);
    }

    /// <summary>What each bone does to a point of the base pose, [bones, 4, 4]. The bones of one level, at equal distance from the root, are done together.</summary>
    Tensor Transforms(Tensor pose)
    {
        Tensor angles = Tensor.Concat([pose, Tensor.Zeros([1], DType.Float64)]);
        Tensor steps = _relative.MatMul(Local(angles.IndexSelect(0, _flexion), angles.IndexSelect(0, _abduction)));
        Tensor[] absolute = new Tensor[_levels.Length];
        for (int i = 0; i < absolute.Length; i++)
        {
            (Tensor bones, Tensor? parents) = _levels[i];
            Tensor level = steps.IndexSelect(0, bones);
            absolute[i] = parents is null ? level : absolute[i - 1].IndexSelect(0, parents).MatMul(level);
        }
        return Tensor.Concat(absolute).IndexSelect(0, _order).MatMul(_inverseBase);
    }

    /// <summary>Turns about z by the abduction after turns about x by the flexion, [bones, 4, 4].</summary>
    static Tensor Local(Tensor flexion, Tensor abduction)
    {
        Tensor cx = flexion.Cos(), sx = flexion.Sin(), cz = abduction.Cos(), sz = abduction.Sin();
        Tensor zero = Tensor.ZerosLike(flexion), one = Tensor.OnesLike(flexion);
        Tensor[] elements =
        [
            cz, -sz * cx, sz * sx, zero,
            sz, cz * cx, -cz * sx, zero,
            zero, sx, cx, zero,
            zero, zero, zero, one,
        ];
        return Tensor.Stack(elements, axis: 1).Reshape(-1, Element, Element);
    }

    /// <summary>The matrix of a turn about an axis by its length; below 1e-4 none, as the benchmark defines it. Source: Rodrigues 1840.</summary>
    static Tensor Rotation(Tensor axis)
    {
        Tensor identity = Tensor.Eye(3, DType.Float64), angle = axis.Norm();
        if (angle.Item() < 1e-4) return identity;
        Tensor v = axis / angle, cos = angle.Cos();
        return cos * identity + (1 - cos) * v.Outer(v) + angle.Sin() * Crossing.MatMul(v);
    }

    /// <summary>[3, 3, 3], whose product with v is the matrix of p ↦ v × p.</summary>
    static Tensor Crossing { get; } = Tensor.From(new double[,,]
    {
        { { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
        { { 0, 0, 1 }, { 0, 0, 0 }, { -1, 0, 0 } },
        { { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 0 } },
    });

    /// <summary>Which angle of a pose flexes and abducts each bone; the place after the last one for a bone that has none.</summary>
    static (Tensor Flexion, Tensor Abduction) Angles(int bones)
    {
        long[] flexion = new long[bones], abduction = new long[bones];
        Array.Fill(flexion, PoseSize);
        Array.Fill(abduction, PoseSize);
        for (int finger = 0; finger < Fingers; finger++)
        {
            int angle = FirstAngle + Element * finger, bone = 4 * finger + 2;
            (flexion[bone], abduction[bone], flexion[bone + 1], flexion[bone + 2]) = (angle, angle + 1, angle + 2, angle + 3);
        }
        return (Tensor.From(flexion), Tensor.From(abduction));
    }

    /// <summary>The bones by their distance from the root, with the places of their parents in the level before; and the place of each bone in all levels together.</summary>
    static ((Tensor Bones, Tensor? Parents)[] Levels, Tensor Order) Levels(int[] parents)
    {
        var levels = new List<(Tensor, Tensor?)>();
        long[] order = new long[parents.Length];
        long[] level = [.. Children(-1)], above = [];
        for (int placed = 0; level.Length > 0; placed += level.Length, above = level, level = [.. level.SelectMany(Children)])
        {
            for (int i = 0; i < level.Length; i++) order[level[i]] = placed + i;
            levels.Add((Tensor.From(level), above.Length == 0 ? null : Tensor.From([.. level.Select(bone => (long)Array.IndexOf(above, parents[bone]))])));
        }
        return ([.. levels], Tensor.From(order));

        IEnumerable<long> Children(long parent) => Enumerable.Range(0, parents.Length).Where(bone => parents[bone] == parent).Select(bone => (long)bone);
    }

    static Tensor ReadSkin(string[][] vertices, int bones)
    {
        double[] skin = new double[vertices.Length * bones * Element];
        for (int i = 0; i < vertices.Length; i++)
        {
            string[] fields = vertices[i];
            double[] point = [Number(fields[0]), Number(fields[1]), Number(fields[2]), 1];
            for (int k = 0, count = int.Parse(fields[8], CultureInfo.InvariantCulture); k < count; k++)
            {
                int bone = int.Parse(fields[9 + 2 * k], CultureInfo.InvariantCulture);
                double weight = Number(fields[10 + 2 * k]);
                for (int c = 0; c < Element; c++) skin[(i * bones + bone) * Element + c] = weight * point[c];
            }
        }
        return Tensor.From(skin, [vertices.Length, bones * Element]);
    }

    static Tensor Matrices(string[][] bones, int start) =>
        Tensor.From([.. bones.SelectMany(bone => bone.Skip(start).Take(Element * Element).Select(Number))], [bones.Length, Element, Element]);

    static string[][] Fields(string folder, string file) =>
        [.. File.ReadLines(Path.Combine(folder, file)).Where(line => line.Length > 0).Select(line => line.Split(':', StringSplitOptions.TrimEntries))];

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
