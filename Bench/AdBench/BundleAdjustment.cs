namespace Autograd.Bench.AdBench;

/// <summary>
/// Where cameras see points, less where they were measured.
/// Source: Srajer, Kukelova and Fitzgibbon 2018, "A benchmark of selected algorithmic differentiation tools", problem BA.
/// </summary>
/// <param name="Cameras">[n, 11]: rotation (axis times angle), centre, focal length, principal point (2), radial distortion (2).</param>
/// <param name="Points">[m, 3].</param>
/// <param name="Weights">Of the observations, [p].</param>
/// <param name="CameraOf">The camera of each observation, [p], Int64.</param>
/// <param name="PointOf">The point of each observation, [p], Int64.</param>
/// <param name="Measured">[p, 2].</param>
sealed record BundleAdjustment(Tensor Cameras, Tensor Points, Tensor Weights, Tensor CameraOf, Tensor PointOf, Tensor Measured)
{
    public string Size => $"n {Cameras.Shape[0]}, m {Points.Shape[0]}, p {Weights.Count}";

    /// <summary>Reads a file that holds one camera, point, weight and measurement, of which the problem has n, m, p and p copies.</summary>
    public static BundleAdjustment Read(string path)
    {
        var file = new NumberFile(path);
        int n = file.Integer(), m = file.Integer(), p = file.Integer();
        Tensor camera = file.Tensor(1, 11), point = file.Tensor(1, 3), weight = file.Tensor(1), measured = file.Tensor(1, 2);
        return new(camera.Tile(n, 1), point.Tile(m, 1), weight.Tile(p), InTurn(p, n), InTurn(p, m), measured.Tile(p, 1));
    }

    /// <summary>0, 1, … up to size − 1, and again.</summary>
    static Tensor InTurn(int count, int size)
    {
        long[] index = new long[count];
        for (int i = 0; i < count; i++) index[i] = i % size;
        return Tensor.From(index);
    }

    /// <summary>
    /// The differences between seen and measured places, [2, p], from the camera [11, p] and the point [3, p] of each observation:
    /// observations along the last axis, so that every op runs over long stretches.
    /// </summary>
    static Tensor Residuals(Tensor cameras, Tensor points, Tensor weights, Tensor measured)
    {
        Tensor[] camera = cameras.Split([3, 3, 1, 2, 2]);
        Tensor seen = Rotated(points - camera[1], camera[0]);
        Tensor flat = seen.Slice(0, 0, 2) / seen.Slice(0, 2, 3);
        Tensor squared = flat.Square().Sum(0);
        Tensor stretched = flat * (1 + camera[4].Select(0, 0) * squared + camera[4].Select(0, 1) * squared.Square());
        return weights * (camera[2] * stretched + camera[3] - measured);
    }

    /// <summary>Points [3, p] turned about axes by the angles that the lengths of the axes are. Source: Rodrigues 1840.</summary>
    static Tensor Rotated(Tensor points, Tensor rotations)
    {
        Tensor squared = rotations.Square().Sum(0);
        Tensor turns = squared > 0;
        Tensor angle = Tensor.Where(turns, squared, 1.0).Sqrt();
        Tensor axis = rotations / angle, cos = angle.Cos(), along = (axis * points).Sum(0);
        Tensor turned = points * cos + Cross(axis, points) * angle.Sin() + axis * (along * (1 - cos));
        return Tensor.Where(turns, turned, points + Cross(rotations, points));
    }

    static Tensor Cross(Tensor a, Tensor b) => a.Roll(-1, 0) * b.Roll(-2, 0) - a.Roll(-2, 0) * b.Roll(-1, 0);

    /// <summary>The residuals [2, p] and those of the weights [p].</summary>
    public (Tensor Residuals, Tensor WeightResiduals) Value() =>
        (Residuals(Cameras.T.IndexSelect(1, CameraOf), Points.T.IndexSelect(1, PointOf), Weights, Measured.T), 1 - Weights.Square());

    /// <summary>Half the sum of all squared residuals.</summary>
    public Tensor Objective()
    {
        (Tensor residuals, Tensor weightResiduals) = Value();
        return 0.5 * (residuals.Square().Sum() + weightResiduals.Square().Sum());
    }

    /// <summary>The gradient of <see cref="Objective"/> by cameras, points and weights, with no Jacobian.</summary>
    public Tensor[] Gradient()
    {
        BundleAdjustment leaves = this with { Cameras = Cameras.Clone(), Points = Points.Clone(), Weights = Weights.Clone() };
        Tensor[] parameters = [leaves.Cameras, leaves.Points, leaves.Weights];
        foreach (Tensor parameter in parameters) parameter.RequiresGrad = true;
        return Tape.Gradients(leaves.Objective(), parameters)!;
    }

    /// <summary>
    /// The entries of the Jacobian that are not 0. An observation depends on nothing but its own copies of a camera, a point and a
    /// weight, so one backward gives the derivatives of one component of all observations.
    /// </summary>
    public BundleJacobian Jacobian()
    {
        Tensor[] copies = [Copies(Cameras, CameraOf), Copies(Points, PointOf), Weights.Clone()];
        foreach (Tensor copy in copies) copy.RequiresGrad = true;
        Tensor residuals = Residuals(copies[0], copies[1], copies[2], Measured.T), weightResiduals = 1 - copies[2].Square();
        Tensor blocks = Tensor.Stack([Row(0), Row(1)]).Permute(2, 0, 1).Clone();
        Tensor ofWeights = Tape.Gradients(weightResiduals.Sum(), [copies[2]])[0]!;
        return new(this, residuals.Detach().T, weightResiduals.Detach(), blocks, ofWeights);

        Tensor Row(int component)
        {
            Tensor[] d = Tape.Gradients(residuals.Select(0, component).Sum(), copies, retainGraph: component == 0)!;
            return Tensor.Concat([d[0], d[1], d[2].Unsqueeze(0)]);
        }
    }

    static Tensor Copies(Tensor x, Tensor index) => x.Detach().T.IndexSelect(1, index);
}

/// <summary>Residuals and their sparse Jacobian.</summary>
/// <param name="Problem">What was differentiated.</param>
/// <param name="Residuals">[p, 2].</param>
/// <param name="WeightResiduals">[p].</param>
/// <param name="Blocks">Derivatives of the residuals, [p, 2, 15]: by the camera (11), the point (3) and the weight of the observation.</param>
/// <param name="OfWeights">Derivatives of the weight residuals by the weight, [p].</param>
sealed record BundleJacobian(BundleAdjustment Problem, Tensor Residuals, Tensor WeightResiduals, Tensor Blocks, Tensor OfWeights)
{
    /// <summary>The Jacobian, transposed, times the residuals: the gradient of half the sum of their squares, by cameras, points and weights.</summary>
    public Tensor[] TimesResiduals()
    {
        Tensor[] parts = (Blocks * Residuals.Unsqueeze(2)).Sum(1).Split([11, 3, 1], axis: 1);
        return
        [
            Tensor.ZerosLike(Problem.Cameras).IndexAdd(0, Problem.CameraOf, parts[0]),
            Tensor.ZerosLike(Problem.Points).IndexAdd(0, Problem.PointOf, parts[1]),
            parts[2].Squeeze(1) + OfWeights * WeightResiduals,
        ];
    }
}
