using System.Buffers.Binary;
using System.Text;
using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class SafetensorsTests
{
    const string TwoFloats = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    static byte[] Contents(string header, int dataLength, long? length = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), file = new byte[8 + text.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(file, length ?? text.Length);
        text.CopyTo(file, 8);
        return file;
    }

    static OrderedDictionary<string, Tensor> Read(byte[] content)
    {
        using TempFolder folder = new();
        return Safetensors.Read(folder.Write("x.safetensors", content));
    }

    [Test]
    public void WriteAndRead_give_the_same_tensors()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Root, "x.safetensors");
        Dictionary<string, Tensor> tensors = new()
        {
            ["flags"] = Tensor.From([true, false, true]), ["single"] = Tensor.From([1.5f, float.NaN, -0f], [3, 1]), ["double"] = Tensor.Scalar(Math.PI, DType.Float64),
            ["whole"] = Tensor.From([long.MinValue, 7]), ["none"] = Tensor.Zeros([2, 0]), ["turned"] = Tensor.Arange(6).Reshape(2, 3).T, ["größe \"x\""] = Tensor.Ones([1]),
        };
        Safetensors.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        OrderedDictionary<string, Tensor> read = Safetensors.Read(path, out IReadOnlyDictionary<string, string> metadata);
        Assert.That(metadata, Is.EqualTo(new Dictionary<string, string> { ["format"] = "pt" }));
        Assert.That(read.Keys, Is.EquivalentTo(tensors.Keys));
        foreach ((string name, Tensor tensor) in tensors)
        {
            Assert.That((read[name].DType, read[name].Shape), Is.EqualTo((tensor.DType, tensor.Shape)), name);
            Assert.That(read[name].ToString(), Is.EqualTo(tensor.ToString()), name);
        }
        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(path)) % 8, Is.Zero);
    }

    [Test]
    public void Read_widens_short_types()
    {
        byte[] file = Contents("""
            {"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]},
             "i":{"dtype":"I8","shape":[1],"data_offsets":[4,5]},"u":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}
            """, 6);
        new byte[] { 0x00, 0xC2, 0x40, 0xC0, 0xFF, 0xFF }.CopyTo(file, file.Length - 6);
        OrderedDictionary<string, Tensor> read = Read(file);
        Assert.That((read["h"].Item(), read["b"].Item(), read["i"].Item(), read["u"].Item()), Is.EqualTo((-3.0, -3.0, -1.0, 255.0)));
        Assert.That((read["h"].DType, read["i"].DType), Is.EqualTo((DType.Float32, DType.Int64)));
    }

    [TestCase(TwoFloats, 7, null, "the tensors need 8 bytes, but the file has 7 after the header. Download or write the file again: the last 1 bytes are missing.")]
    [TestCase(TwoFloats, 9, null, "the tensors need 8 bytes, but the file has 9 after the header. Download or write the file again.")]
    [TestCase(TwoFloats, 8, 1000L, "the header is said to have 1000 bytes, but 62 follow. Download or write the file again.")]
    [TestCase(TwoFloats, 8, 100_000_001L, "the header may have 100000000 bytes, but is said to have 100000001. Download or write the file again.")]
    [TestCase(TwoFloats, 8, -1L, "the header may have 100000000 bytes, but is said to have 18446744073709551615. Download or write the file again.")]
    [TestCase("", 0, null, "the header is no valid JSON. Download or write the file again.")]
    [TestCase("[1]", 0, null, "the header must be a JSON object. Download or write the file again.")]
    [TestCase("""{"a":1}""", 0, null, "\"a\" must have dtype, shape and data_offsets. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"Q4","shape":[],"data_offsets":[0,0]}}""", 0, null, "\"a\" has the dtype \"Q4\", which is none of those that can be read. Save it as F32: tensor.float().")]
    [TestCase("""{"a":{"dtype":7,"shape":[],"data_offsets":[0,0]}}""", 0, null, "\"a\" has the dtype \"7\", which is none of those that can be read. Save it as F32: tensor.float().")]
    [TestCase("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, null, "\"a\", F32 [3], does not fit into its 8 bytes. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[65536,65536],"data_offsets":[0,8]}}""", 8, null, "\"a\", F32 [65536, 65536], does not fit into its 8 bytes. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,0],"data_offsets":[0,0]}}""", 0, null, "\"a\", F32 [2147483647, 2147483647, 0], does not fit into its 0 bytes. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}""", 8, null, "the shape of \"a\" must be whole numbers from 0 to 2147483647. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, null, "the shape of \"a\" must be a list of numbers. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, null, "the shape of \"a\" must be whole numbers from 0 to 2147483647. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, null, "data_offsets of \"a\" must be a begin and an end not before it. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, null, "data_offsets of \"a\" must be a begin and an end not before it. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, null, "\"b\" begins at byte 2 of the data, inside of what ends at 4. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, null, "\"a\" begins at byte 4 of the data, after a hole behind what ends at 0. Download or write the file again.")]
    [TestCase("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, null, "the name \"a\" occurs twice. Save every tensor under a name of its own.")]
    [TestCase("""{"__metadata__":{"x":1}}""", 0, null, "__metadata__ must be an object of texts, but \"x\" is none. Save the metadata as texts: str(value).")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4294967296],"data_offsets":[0,4294967296]}}""", 0, null, "the shape of \"a\" must be whole numbers from 0 to 2147483647. Download or write the file again.")]
    public void Read_hostile_file_is_an_error(string header, int dataLength, long? length, string message) =>
        Assert.That(() => Read(Contents(header, dataLength, length)), Throws.TypeOf<DataFormatException>().With.Message.EndsWith(": " + message));

    [Test]
    public void Read_any_damage_is_an_error_or_a_result()
    {
        byte[] file = Contents(TwoFloats, 8);
        for (int length = 0; length < file.Length; length++) Assert.That(() => Read(file[..length]), Throws.TypeOf<DataFormatException>());
        Random random = new(1);
        for (int round = 0; round < 500; round++)
        {
            byte[] damaged = [.. file];
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Read(damaged);
            }
            catch (DataFormatException)
            {
            }
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        }
    }

    [Test]
    public void Write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        using TempFolder folder = new();
        string path = folder.Write("x.safetensors", "old");
        Assert.That(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new IOException("the disk is full");
        }), Throws.TypeOf<IOException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(folder.Root), Has.Length.EqualTo(1));
        Assert.That(() => Safetensors.Write(path, [new("__metadata__", Tensor.Ones([1]))]), Throws.ArgumentException);
    }
}
