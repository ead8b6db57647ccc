namespace Autograd.Tests.Engine;

public sealed class MemoryPoolTests
{
    [TearDown]
    public void Trim() => MemoryPool.Trim();

    [Test]
    public void Rent_GivesAtLeastWhatIsAsked_AtMostAQuarterMore()
    {
        StoragePool pool = new();
        for (int bytes = 0; bytes < 300_000; bytes += bytes < 5000 ? 1 : 997)
        {
            Storage storage = pool.Rent(bytes, DType.Float32, StorageOwner.Scope);
            Assert.That(storage.Capacity, Is.GreaterThanOrEqualTo(bytes));
            Assert.That(storage.Capacity, Is.LessThanOrEqualTo(Math.Max(64, (bytes * 5 / 4) + 64)));
            Assert.That(storage.Length, Is.EqualTo(bytes));
        }
    }

    [Test]
    public void Return_ThenRent_NeverGivesLessThanIsAsked()
    {
        StoragePool pool = new();
        Generator random = new(8);
        List<Storage> rented = [];
        for (int i = 0; i < 20_000; i++)
        {
            int bytes = random.NextInt(1 << (1 + random.NextInt(18)));
            Storage storage = pool.Rent(bytes, DType.Float32, StorageOwner.Scope);
            if (storage.Capacity < bytes) Assert.Fail($"{storage.Capacity} bytes for {bytes}");
            rented.Add(storage);
            if (rented.Count <= 50) continue;
            int at = random.NextInt(rented.Count);
            pool.Return(rented[at]);
            rented.RemoveAt(at);
        }
        Assert.That(rented.Distinct().Count(), Is.EqualTo(rented.Count), "one memory was given out twice");
    }

    [Test]
    public void Return_MakesHandlesStale()
    {
        StoragePool pool = new();
        Storage storage = pool.Rent(100, DType.Float32, StorageOwner.Scope);
        (int generation, int version) = (storage.Generation, storage.Version);
        pool.Return(storage);
        Assert.That((storage.Generation, storage.Version), Is.EqualTo((generation + 1, version + 1)));
        Assert.That(pool.Rent(100, DType.Float32, StorageOwner.Scope), Is.SameAs(storage));
    }

    [Test]
    public void Scope_ReturnsItsMemory_WithinTheLimit()
    {
        MemoryPool.Trim();
        using (Tape.Scope()) _ = Tensor.Ones([1000]) + 1;
        Assert.That(MemoryPool.HeldBytes, Is.InRange(4000, 6000));
        MemoryPool.Trim();
        Assert.That(MemoryPool.HeldBytes, Is.Zero);
        long limit = MemoryPool.LimitBytes;
        try
        {
            MemoryPool.LimitBytes = 1000;
            using (Tape.Scope()) _ = Tensor.Ones([1000]) + 1;
            Assert.That(MemoryPool.HeldBytes, Is.LessThanOrEqualTo(1000));
        }
        finally
        {
            MemoryPool.LimitBytes = limit;
        }
    }

    [Test]
    public void Pool_IsOfOneThread()
    {
        using (Tape.Scope()) _ = Tensor.Ones([1000]) + 1;
        long other = -1;
        Thread thread = new(() => other = MemoryPool.HeldBytes);
        thread.Start();
        thread.Join();
        Assert.That(other, Is.Zero);
        Assert.That(MemoryPool.HeldBytes, Is.GreaterThan(0));
    }

    [Test]
    public void Trim_InsideAScope_KeepsWhatIsInUse()
    {
        using (Tape.Scope())
        {
            Tensor x = Tensor.Ones([100]);
            x.RequiresGrad = true;
            Tensor y = (x * x).SumTo(Shape.Scalar);
            MemoryPool.Trim();
            y.Backward();
            Assert.That(x.Grad!.ToArray<float>(), Is.All.EqualTo(2f));
        }
    }
}
