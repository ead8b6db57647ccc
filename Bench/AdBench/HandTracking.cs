namespace Autograd.Bench.AdBench;

/// <summary>
/// Measured points less the points of a hand's skin that they belong to: vertices, or places on triangles.
/// Source: Srajer, Kukelova and Fitzgibbon 2018, "A benchmark of selected algorithmic differentiation tools", problem HAND.
/// </summary>
sealed class HandTracking
{
    readonly HandModel _model;
    readonly Tensor _skin, _measured;

    /// <summary>[26].</summary>
    public Tensor Pose { get; }

    /// <summary>Weights of the first two corners of each point's triangle, [n, 2]; null where the points are vertices.</summary>
    public Tensor? Places { get; }

    public string Size => $"n {_measured.Shape[0]}, θ {HandModel.PoseSize}{(Places is null ? "" : $", u {Places.Count}")}";

    HandTracking(HandModel model, Tensor corners, Tensor measured, Tensor? places, Tensor pose)
    {
        _model = model;
        _skin = model.Skin.IndexSelect(0, corners);
        (_measured, Places, Pose) = (measured, places, pose);
    }

    public static HandTracking Read(string path, HandModel model, bool complicated)
    {
        var file = new NumberFile(path);
        int n = file.Integer(), size = file.Integer();
        long[] index = new long[n];
        Tensor[] measured = new Tensor[n];
        for (int i = 0; i < n; i++) (index[i], measured[i]) = (file.Integer(), file.Tensor(3));
        Tensor corners = Tensor.From(index);
        // Corner by corner, so that all first corners come first.
        if (complicated) corners = model.Triangles.IndexSelect(0, corners).T.Reshape(-1);
        return new(model, corners, Tensor.Stack(measured), complicated ? file.Tensor(n, 2) : null, file.Tensor(size));
    }

    /// <summary>[n, 3].</summary>
    public Tensor Residuals(Tensor pose, Tensor? places)
    {
        Tensor positions = _model.Positions(pose, _skin);
        if (places is null) return _measured - positions;
        Tensor[] corners = positions.Chunk(3), u = places.Split(1, axis: 1);
        return _measured - (u[0] * corners[0] + u[1] * corners[1] + (1 - u[0] - u[1]) * corners[2]);
    }

    /// <summary>The residuals' derivatives, a pass forward for each of the 26 parameters of the pose: [3n, 26].</summary>
    public Tensor PoseJacobian()
    {
        Tensor directions = Tensor.Eye(HandModel.PoseSize, DType.Float64);
        Tensor[] columns = new Tensor[HandModel.PoseSize];
        for (int i = 0; i < columns.Length; i++)
        {
            using DualLevel level = DualMode.Enter();
            columns[i] = Column(level, Residuals(level.With(Pose, directions.Select(0, i)), Places));
        }
        return Tensor.Stack(columns, axis: 1);
    }

    /// <summary>The derivatives of each residual by its own point's place, [3n, 2]. Two passes do, as no point depends on another's place.</summary>
    public Tensor PlacesJacobian()
    {
        Tensor directions = Tensor.Eye(2, DType.Float64);
        Tensor[] columns = new Tensor[2];
        for (int i = 0; i < columns.Length; i++)
        {
            using DualLevel level = DualMode.Enter();
            columns[i] = Column(level, Residuals(Pose, level.With(Places!, directions.Select(0, i).Expand(Places!.Shape))));
        }
        return Tensor.Stack(columns, axis: 1);
    }

    static Tensor Column(DualLevel level, Tensor residuals) => level.TangentOf(residuals)!.Reshape(-1);

    /// <summary>Half the sum of the squared residuals, and its gradient by the pose in reverse mode.</summary>
    public (Tensor Value, Tensor Gradient) ValueAndGradient()
    {
        Tensor pose = Pose.Clone();
        pose.RequiresGrad = true;
        Tensor value = 0.5 * Residuals(pose, Places).Square().Sum();
        return (value, Tape.Gradients(value, [pose])[0]!);
    }
}
