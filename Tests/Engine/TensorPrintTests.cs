using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class TensorPrintTests
{
    static void Prints(Tensor x, string text) => Assert.That(x.ToString(), Is.EqualTo(text.ReplaceLineEndings("\n")));

    [Test]
    public void ToString_OfAScalar_IsTheNumber() => Prints(Tensor.Scalar(1.0 / 3), "0.3333  Float32 []");

    [Test]
    public void ToString_OfAVector_AlignsTheNumbers() => Prints(Tensor.From([1.5f, -2, 100.25f]), "[  1.5,    -2, 100.2]  Float32 [3]");

    [Test]
    public void ToString_OfAMatrix_HasOneRowALine() => Prints(Tensor.From(new double[,] { { 1, 2 }, { 3, -4 } }), """
        [[ 1,  2],
         [ 3, -4]]  Float64 [2, 2]
        """);

    [Test]
    public void ToString_OfThreeAxes_SeparatesThePlanes() => Prints(Tensor.From(new long[,,] { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 80 } } }), """
        [[[ 1,  2],
          [ 3,  4]],

         [[ 5,  6],
          [ 7, 80]]]  Int64 [2, 2, 2]
        """);

    [Test]
    public void ToString_OfNothing_ShowsTheAxes()
    {
        Prints(Tensor.Zeros([0]), "[]  Float32 [0]");
        Prints(Tensor.Zeros([0, 3]), "[]  Float32 [0, 3]");
        Prints(Tensor.Zeros([2, 0]), "[[],\n []]  Float32 [2, 0]");
    }

    [Test]
    public void ToString_OfALargeTensor_CutsTheMiddle()
    {
        Prints(Tensor.Arange(1000), "[  0,   1,   2, …, 997, 998, 999]  Float32 [1000]");
        Prints(Tensor.From(Tensor.Arange(300, DType.Int64).ToArray<long>(), [100, 3]), """
            [[  0,   1,   2],
             [  3,   4,   5],
             [  6,   7,   8],
             …,
             [291, 292, 293],
             [294, 295, 296],
             [297, 298, 299]]  Int64 [100, 3]
            """);
    }

    [Test]
    public void ToString_OfAwkwardNumbers_IsReadable() =>
        Prints(Tensor.From([double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, 1e-20, 123456]),
            "[      NaN,  Infinity, -Infinity,        -0,     1E-20, 1.235E+05]  Float64 [6]");

    [Test]
    public void ToString_OfTruthValuesAndIntegers_IsExact()
    {
        Prints(Tensor.From([true, false]), "[ true, false]  Bool [2]");
        Prints(Tensor.From([long.MaxValue, long.MinValue]), "[ 9223372036854775807, -9223372036854775808]  Int64 [2]");
    }

    [Test]
    public void ToString_TellsTheHistory()
    {
        Tensor x = Make.Leaf(1, 2);
        Prints(x, "[1, 2]  Float64 [2] requires grad");
        Prints(x * x, "[1, 4]  Float64 [2] from Multiply");
        Prints(x.Detach(), "[1, 2]  Float64 [2]");
    }

    [Test]
    public void ToString_OfAView_FollowsItsStrides() => Prints(Tensor.Arange(3).View([3], [-1], 2), "[2, 1, 0]  Float32 [3]");
}
