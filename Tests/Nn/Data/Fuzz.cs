using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

/// <summary>Damages a good file in many ways; a reader may accept it or throw DataFormatException, nothing else.</summary>
static class Fuzz
{
    const int Trials = 2_000;

    public static void Run(byte[] good, Action<byte[]> read)
    {
        var random = new Random(20_240);
        int refused = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            byte[] bytes = Damage(good, random);
            try
            {
                read(bytes);
            }
            catch (DataFormatException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Trial {trial}, file {Convert.ToBase64String(bytes)}: {e}");
            }
        }
        Assert.That(refused, Is.GreaterThan(Trials / 4), "the damage must reach the checks");
    }

    static byte[] Damage(byte[] good, Random random)
    {
        List<byte> bytes = [.. good];
        for (int edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
        {
            // Half of the damage falls on the first bytes, where headers are.
            int at = random.Next(2) == 0 ? random.Next(Math.Min(24, bytes.Count)) : random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, bytes.Count - at); break;
                case 3: bytes.RemoveAt(at); break;
                default: bytes.Insert(at, "\",\n\r\0-e9"u8[random.Next(8)]); break;
            }
        }
        return [.. bytes];
    }
}
