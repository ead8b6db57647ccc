using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class IdxTests
{
    static readonly byte[] Good = DataFiles.Idx(0x08, [2, 3], 1, 2, 3, 4, 5, 6);

    static string Message(byte[] file, long offset)
    {
        DataFormatException error = Assert.Throws<DataFormatException>(() => Parse(file))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.File, Is.EqualTo("a.idx"));
            Assert.That(error.Offset, Is.EqualTo(offset));
        }
        return error.Message;
    }

    static IdxArray Parse(byte[] file) => Idx.Read(new MemoryStream(file), "a.idx");

    [Test]
    public void Read_plain_gives_shape_and_data()
    {
        using var folder = new TempFolder();
        IdxArray array = Idx.Read(folder.Write("a", Good));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(array.ToString(), Is.EqualTo("UInt8 [2, 3]"));
            Assert.That(array.Count, Is.EqualTo(6));
            Assert.That(array.AsSpan<byte>().ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
        }
    }

    [Test]
    public void Read_gzip_without_the_name_saying_so_is_unpacked()
    {
        using var folder = new TempFolder();
        Assert.That(Idx.Read(folder.Write("a", DataFiles.Gzip(Good))).AsSpan<byte>()[5], Is.EqualTo(6));
        Assert.That(Idx.Read(folder.Write("b.gz", Good)).AsSpan<byte>()[5], Is.EqualTo(6), "plain in spite of .gz");
    }

    [Test]
    public void Read_gzip_of_several_members_joins_them() =>
        Assert.That(Parse([.. DataFiles.Gzip(Good.AsSpan(0, 9)), .. DataFiles.Gzip(Good.AsSpan(9))]).AsSpan<byte>()[5], Is.EqualTo(6));

    [Test]
    public void Read_gzip_of_any_length_comes_out_whole([Values(0, 1, 15, 16, 17, 8190, 65_510, 65_536, 300_000)] int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        Assert.That(Parse(DataFiles.Gzip(DataFiles.Idx(0x08, [length], data))).Bytes.ToArray(), Is.EqualTo(data));
        Assert.That(Parse(DataFiles.Gzip(DataFiles.Idx(0x08, [length], new byte[length]))).Count, Is.EqualTo(length));
    }

    [Test]
    public void Read_stream_that_cannot_seek_gives_the_same()
    {
        foreach (byte[] file in new[] { Good, DataFiles.Gzip(Good) })
        {
            using var stream = new OneByteStream(file);
            Assert.That(Idx.Read(stream).AsSpan<byte>().ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
        }
    }

    [Test]
    public void Read_other_types_come_in_machine_order()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Parse(DataFiles.Idx(0x09, [1], 0xFF)).AsSpan<sbyte>()[0], Is.EqualTo(-1));
            Assert.That(Parse(DataFiles.Idx(0x0B, [1], 0xFF, 0xFE)).AsSpan<short>()[0], Is.EqualTo(-2));
            Assert.That(Parse(DataFiles.Idx(0x0C, [1], 0, 1, 0, 2)).AsSpan<int>()[0], Is.EqualTo(65_538));
            Assert.That(Parse(DataFiles.Idx(0x0D, [1], 0x3F, 0xC0, 0, 0)).AsSpan<float>()[0], Is.EqualTo(1.5f));
            Assert.That(Parse(DataFiles.Idx(0x0E, [1], 0xC0, 0x04, 0, 0, 0, 0, 0, 0)).AsSpan<double>()[0], Is.EqualTo(-2.5));
        }
    }

    [Test]
    public void Read_size_zero_gives_no_elements() =>
        Assert.That(Parse(DataFiles.Idx(0x0E, [int.MaxValue, int.MaxValue, 0])).Count, Is.Zero);

    [Test]
    public void AsSpan_of_another_type_says_both_types() =>
        Assert.That(() => Parse(Good).AsSpan<float>(), Throws.InvalidOperationException.With.Message.EqualTo(
            "IdxArray.AsSpan: the elements are UInt8, but Single was asked for. Write AsSpan<byte>()."));

    [Test]
    public void Read_missing_file_throws_FileNotFound() =>
        Assert.That(() => Idx.Read("no-such-file"), Throws.InstanceOf<FileNotFoundException>());

    [Test]
    public void Read_file_error_names_the_path()
    {
        using var folder = new TempFolder();
        string path = folder.Write("empty", []);
        Assert.That(() => Idx.Read(path), Throws.InstanceOf<DataFormatException>().With.Message.EqualTo($"{path}, byte 0: the file is empty. Download or write the file again."));
    }

    [Test]
    public void Read_empty_gzip_says_empty() =>
        Assert.That(Message(Convert.FromHexString("1F8B080000000000000303000000000000000000"), 0), Is.EqualTo("a.idx, byte 0 (unpacked): the file is empty. Download or write the file again."));

    [Test]
    public void Read_wrong_magic_shows_the_bytes() =>
        Assert.That(Message([0x89, 0x50, 1, 2], 0), Is.EqualTo("a.idx, byte 0: an IDX file starts with two zero bytes, but these are 0x89 and 0x50. Name an IDX file, such as train-images-idx3-ubyte."));

    [Test]
    public void Read_unknown_type_shows_it() =>
        Assert.That(Message([0, 0, 0x0A, 1], 2), Is.EqualTo("a.idx, byte 2: the IDX element type must be 0x08, 0x09, 0x0B, 0x0C, 0x0D or 0x0E, but is 0x0A. Write bytes as 0x08 and floats as 0x0D."));

    [Test]
    public void Read_rank_zero_is_an_error() =>
        Assert.That(Message([0, 0, 8, 0], 3), Is.EqualTo("a.idx, byte 3: an IDX array has at least 1 dimension, but the rank is 0. Write a single number as 1 dimension of size 1."));

    [TestCase(1, 4)]
    [TestCase(3, 4)]
    [TestCase(4, 12)]
    [TestCase(11, 12)]
    public void Read_cut_header_says_both_lengths(int length, int needed) =>
        Assert.That(Message(Good[..length], length), Is.EqualTo($"a.idx, byte {length}: the IDX header needs {needed} bytes, but the file ends after {length}. Download or write the file again."));

    [Test]
    public void Read_cut_data_says_both_lengths()
    {
        Assert.That(Message(Good[..^2], 16), Is.EqualTo("a.idx, byte 16: UInt8 [2, 3] needs 6 bytes of data, but the file holds 4. Download or write the file again: it ends at byte 16 of 18."));
        Assert.That(Message(DataFiles.Gzip(Good.AsSpan(0, 16)), 16), Is.EqualTo(
            "a.idx, byte 16 (unpacked): UInt8 [2, 3] needs 6 bytes of data, but the file holds 4. Download or write the file again: it ends at byte 16 of 18."));
    }

    [Test]
    public void Read_bytes_after_the_data_are_an_error()
    {
        Assert.That(Message([.. Good, 0], 18), Is.EqualTo("a.idx, byte 18: the data of UInt8 [2, 3] ends here, but more bytes follow. Write the header anew for all of the data, or cut the file off here."));
        Assert.That(Message(DataFiles.Gzip([.. Good, 7, 7]), 18), Is.EqualTo(
            "a.idx, byte 18 (unpacked): the data of UInt8 [2, 3] ends here, but more bytes follow. Write the header anew for all of the data, or cut the file off here."));
    }

    [Test]
    public void Read_size_with_the_top_bit_is_an_error() =>
        Assert.That(Message(DataFiles.Idx(0x08, [1, -1]), 8), Is.EqualTo("a.idx, byte 8: size 4294967295 of dimension 1 is above 2147483647. Write sizes with their highest byte first."));

    [Test]
    public void Read_product_above_the_limit_is_an_error()
    {
        Assert.That(Message(DataFiles.Idx(0x0E, [1 << 28]), 4), Is.EqualTo(
            "a.idx, byte 4: Float64 [268435456] needs more than 2147483591 bytes, the most that one array takes. Split it into several files."));
        int[] many = [.. Enumerable.Repeat(int.MaxValue, 9)];
        Assert.That(Message(DataFiles.Idx(0x08, many), 4), Does.StartWith("a.idx, byte 4: UInt8 [2147483647, ").And.Contains("2147483647, …] needs more"));
    }

    [Test]
    public void Read_damaged_or_cut_gzip_is_an_error()
    {
        byte[] gzip = DataFiles.Gzip(Good);
        const string Rule = "the gzip data is damaged, cut off, or followed by other bytes. Download or write the file again.";
        for (int length = 2; length < gzip.Length; length++)
            Assert.That(() => Parse(gzip[..length]), Throws.InstanceOf<DataFormatException>().With.Message.EndsWith(Rule), $"{length} bytes");
        foreach (byte[] tail in new byte[][] { [0], [0x1F], [0x1F, 0x8B], [1, 2, 3, 4] })
            Assert.That(Message([.. gzip, .. tail], 18), Is.EqualTo($"a.idx, byte 18 (unpacked): {Rule}"));
        gzip[^6] ^= 1; // in the checksum
        Assert.That(() => Parse(gzip), Throws.InstanceOf<DataFormatException>().With.Message.EndsWith(Rule));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Read_hostile_header_allocates_little(bool gzip)
    {
        byte[] file = DataFiles.Idx(0x08, [int.MaxValue - 100], 1, 2, 3);
        using var stream = new MemoryStream(gzip ? DataFiles.Gzip(file) : file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Idx.Read(stream), Throws.InstanceOf<DataFormatException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Read_mutated_files_give_an_array_or_DataFormatException()
    {
        byte[] data = new byte[600];
        new Random(5).NextBytes(data.AsSpan(0, 300));
        byte[] file = DataFiles.Idx(0x08, [6, 10, 10], data);
        Fuzz.Run(file, bytes => Idx.Read(new MemoryStream(bytes)));
        Fuzz.Run(DataFiles.Gzip(file), bytes => Idx.Read(new MemoryStream(bytes)));
    }

    sealed class OneByteStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
