using System.IO.Compression;
using System.Text;
using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class NpyTests
{
    static byte[] Contents(string header, int dataLength, byte version = 1) =>
        [0x93, .. "NUMPY"u8, version, 0, (byte)header.Length, (byte)(header.Length >> 8), .. version > 1 ? new byte[2] : [], .. Encoding.Latin1.GetBytes(header), .. Enumerable.Range(0, dataLength).Select(i => (byte)i)];

    static Tensor Read(byte[] content)
    {
        using TempFolder folder = new();
        return Npy.Read(folder.Write("x.npy", content));
    }

    [Test]
    public void WriteAndRead_give_the_same_tensors()
    {
        using TempFolder folder = new();
        string one = Path.Combine(folder.Root, "x.npy"), many = Path.Combine(folder.Root, "x.npz");
        Dictionary<string, Tensor> tensors = new()
        {
            ["flags"] = Tensor.From([true, false, true]), ["a.single"] = Tensor.From([1.5f, float.NaN, -0f], [3, 1]), ["double"] = Tensor.Scalar(Math.PI, DType.Float64),
            ["whole"] = Tensor.From([long.MinValue, 7]), ["none"] = Tensor.Zeros([2, 0]), ["turned"] = Tensor.Arange(6).Reshape(2, 3).T,
        };
        Npy.WriteArchive(many, tensors);
        OrderedDictionary<string, Tensor> read = Npy.ReadArchive(many);
        Assert.That(read.Keys, Is.EqualTo(tensors.Keys));
        foreach ((string name, Tensor tensor) in tensors)
        {
            Npy.Write(one, tensor);
            Assert.That(new FileInfo(one).Length % 64, Is.EqualTo(tensor.Count * (tensor.DType == DType.Bool ? 1 : tensor.DType == DType.Float32 ? 4 : 8) % 64));
            foreach (Tensor same in new[] { read[name], Npy.Read(one) })
            {
                Assert.That((same.DType, same.Shape), Is.EqualTo((tensor.DType, tensor.Shape)), name);
                Assert.That(same.ToString(), Is.EqualTo(tensor.ToString()), name);
            }
        }
    }

    [TestCase((byte)1)]
    [TestCase((byte)2)]
    [TestCase((byte)3)]
    public void Read_takes_what_NumPy_writes(byte version)
    {
        Tensor columns = Read(Contents("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }   \n", 6, version));
        Assert.That(columns.ToArray<long>(), Is.EqualTo(new long[] { 0, 2, 4, 1, 3, 5 }));
        Assert.That(Read(Contents("{'descr': '<i2', 'fortran_order': False, 'shape': (), }\n", 2, version)).Item(), Is.EqualTo(256));
    }

    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7, "the file ends too early. Download or write the file again.")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9, "bytes follow the array. Save each array to a file of its own, or all by numpy.savez.")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (500000000,), }", 8, "the file ends too early. Download or write the file again.")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999), }", 8, "the array is larger than a tensor can be. Save it in parts of fewer than 2³¹ elements.")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }", 8, "a size of the shape is out of range. Save it in parts of fewer than 2³¹ elements.")]
    [TestCase("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", 8, "the type >f4 is none of those that can be read. Save it with its lowest byte first: array.astype(array.dtype.newbyteorder('<')).")]
    [TestCase("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8, "the type <c8 is none of those that can be read. Save the real and the imaginary part, each by itself.")]
    [TestCase("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8, "the header must name descr, fortran_order and shape, as NumPy writes them. Save an array of plain numbers by numpy.save, not of records.")]
    [TestCase("__import__('os')", 8, "the header must name descr, fortran_order and shape, as NumPy writes them. Save an array of plain numbers by numpy.save, not of records.")]
    public void Read_hostile_file_is_an_error(string header, int dataLength, string message)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Read(Contents(header, dataLength)), Throws.TypeOf<DataFormatException>().With.Message.EndsWith(": " + message));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
    }

    [Test]
    public void Read_cut_or_foreign_files_are_errors()
    {
        byte[] file = Contents("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8);
        for (int length = 0; length < file.Length; length++) Assert.That(() => Read(file[..length]), Throws.TypeOf<DataFormatException>());
        Assert.That(() => Read([.. "PK\u0003\u0004 no array"u8]), Throws.TypeOf<DataFormatException>().With.Message.EndsWith("an NPY file starts with 0x93 and NUMPY. This is an archive: read it by Npy.ReadArchive."));
        using TempFolder folder = new();
        Assert.That(() => Npy.ReadArchive(folder.Write("x.npz", "no archive")), Throws.TypeOf<DataFormatException>());
        using MemoryStream twice = new();
        using (ZipArchive archive = new(twice, ZipArchiveMode.Create))
        {
            for (int i = 0; i < 2; i++)
            {
                using Stream entry = archive.CreateEntry("a.npy").Open();
                entry.Write(file);
            }
        }
        Assert.That(() => Npy.ReadArchive(folder.Write("y.npz", twice.ToArray())), Throws.TypeOf<DataFormatException>().With.Message.EndsWith("the name a occurs twice. Write every array under a name of its own."));
    }
}
