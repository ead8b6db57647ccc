using Autograd.Nn;

namespace Autograd.Tests.Nn.Layers;

/// <summary>Losses as modules: what the functions give, with every setting passed on, and no broadcasting.</summary>
public sealed class LossModuleTests
{
    static Tensor F(params int[] sizes) => Tensor.Uniform(Shape.Create(sizes), new Generator(5), 0.1, 0.9, DType.Float64);

    static Tensor G(params int[] sizes) => Tensor.Uniform(Shape.Create(sizes), new Generator(6), 0.1, 0.9, DType.Float64);

    static readonly Tensor Labels = Tensor.From([2L, 0, 1, 2]), Weights = Tensor.From([0.5, 2, 1]), Signs = Tensor.From([1.0, -1, 1, -1]);

    static readonly (string Name, Module<Tensor, Tensor, Tensor> Module, Tensor A, Tensor B, Tensor Expected)[] Pairs =
    [
        ("Mse", new MseLoss(), F(4), G(4), Loss.Mse(F(4), G(4))),
        ("Mse sum", new MseLoss(Reduction.Sum), F(4), G(4), Loss.Mse(F(4), G(4), Reduction.Sum)),
        ("L1", new L1Loss(Reduction.None), F(4), G(4), Loss.L1(F(4), G(4), Reduction.None)),
        ("SmoothL1", new SmoothL1Loss(0.1, Reduction.Sum), F(4), G(4), Loss.SmoothL1(F(4), G(4), 0.1, Reduction.Sum)),
        ("Huber", new HuberLoss(0.1, Reduction.Sum), F(4), G(4), Loss.Huber(F(4), G(4), 0.1, Reduction.Sum)),
        ("KLDiv", new KLDivLoss(true, Reduction.Sum), F(4), G(4), Loss.KLDiv(F(4), G(4), true, Reduction.Sum)),
        ("Bce", new BceLoss(Signs, Reduction.Sum), F(4), G(4), Loss.Bce(F(4), G(4), Signs, Reduction.Sum)),
        ("BceWithLogits", new BceWithLogitsLoss(Signs, F(4), Reduction.Sum), F(4), G(4), Loss.BceWithLogits(F(4), G(4), Signs, F(4), Reduction.Sum)),
        ("CrossEntropy", new CrossEntropyLoss(Weights, 1, 0.1, Reduction.Sum), F(4, 3), Labels, Loss.CrossEntropy(F(4, 3), Labels, Weights, 1, 0.1, Reduction.Sum)),
        ("CrossEntropy probabilities", new CrossEntropyLoss(), F(4, 3), G(4, 3), Loss.CrossEntropy(F(4, 3), G(4, 3))),
        ("Nll", new NllLoss(Weights, 1, Reduction.Sum), F(4, 3), Labels, Loss.Nll(F(4, 3), Labels, Weights, 1, Reduction.Sum)),
        ("HingeEmbedding", new HingeEmbeddingLoss(0.7, Reduction.Sum), F(4), Signs, Loss.HingeEmbedding(F(4), Signs, 0.7, Reduction.Sum)),
    ];

    static readonly (string Name, Module<Tensor, Tensor, Tensor, Tensor> Module, Tensor A, Tensor B, Tensor C, Tensor Expected)[] Triples =
    [
        ("MarginRanking", new MarginRankingLoss(0.3, Reduction.Sum), F(4), G(4), Signs, Loss.MarginRanking(F(4), G(4), Signs, 0.3, Reduction.Sum)),
        ("TripletMargin", new TripletMarginLoss(0.9, 1, 0.01, true, Reduction.Sum), F(4, 3), G(4, 3), F(4, 3).Flip(0), Loss.TripletMargin(F(4, 3), G(4, 3), F(4, 3).Flip(0), 0.9, 1, 0.01, true, Reduction.Sum)),
    ];

    [Test]
    public void Modules_give_what_the_functions_give()
    {
        foreach (var (name, module, a, b, expected) in Pairs) Assert.That(module.Forward(a, b).ToArray<double>(), Is.EqualTo(expected.ToArray<double>()), name);
        foreach (var (name, module, a, b, c, expected) in Triples) Assert.That(module.Forward(a, b, c).ToArray<double>(), Is.EqualTo(expected.ToArray<double>()), name);
    }

    [Test]
    public void Shapes_that_differ_are_errors()
    {
        foreach (var (name, module, a, b, _) in Pairs)
        {
            Assert.That(() => module.Forward(a, b.Unsqueeze(-1)), Throws.TypeOf<ShapeException>(), name);
            Assert.That(() => module.Forward(a, b.Slice(0, 0, 1)), Throws.TypeOf<ShapeException>(), name);
        }
        foreach (var (name, module, a, b, c, _) in Triples)
        {
            Assert.That(() => module.Forward(a, b.Unsqueeze(-1), c), Throws.TypeOf<ShapeException>(), name);
            Assert.That(() => module.Forward(a, b, c.Slice(0, 0, 1)), Throws.TypeOf<ShapeException>(), name);
        }
    }

    [Test]
    public void Weights_are_buffers_under_PyTorch_names()
    {
        Assert.That(new CrossEntropyLoss(Weights).StateDict().Keys, Is.EqualTo(new[] { "weight" }));
        Assert.That(new BceWithLogitsLoss(Signs, Signs.Clone()).StateDict().Keys, Is.EqualTo(new[] { "weight", "pos_weight" }));
        Assert.That(new MseLoss().StateDict(), Is.Empty);
    }
}
