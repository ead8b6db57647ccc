using System.Runtime.CompilerServices;

namespace Autograd.Tests.Engine;

public sealed class AlignmentTests
{
    [TestCase(256, 64)]
    [TestCase(1023, 64)]
    [TestCase(4096, 512)]
    [TestCase(16_384, 2048)]
    [TestCase(1_000_003, 2048)]
    public unsafe void Values_BeginAtALine_AndLargeOnesAtHalfAPage(int count, int alignment)
    {
        for (int i = 0; i < 8; i++)
        {
            Tensor x = Tensor.Zeros([count]);
            nuint address = (nuint)Unsafe.AsPointer(ref Unsafe.AsRef(in x.AsSpan<float>()[0]));
            Assert.That((long)(address % (nuint)alignment), Is.Zero);
            GC.KeepAlive(x);
        }
    }

    // Whatever a scope rents at its end has come back, at the size it was counted with.
    [Test]
    public void Pool_HoldsAsManyBytes_AfterEachScope([Values(255, 1023, 1024, 2048, 4095, 65_536, 500_001)] int count)
    {
        MemoryPool.Trim();
        long first = 0;
        for (int i = 0; i < 3; i++)
        {
            using (Tape.Scope())
            {
                _ = Tensor.Zeros([count]).Exp();
                if (i > 0) Assert.That(MemoryPool.HeldBytes, Is.Zero);
            }
            if (i == 0) first = MemoryPool.HeldBytes;
            Assert.That(MemoryPool.HeldBytes, Is.EqualTo(first).And.InRange(4L * count, 5L * count + 64));
        }
    }
}
