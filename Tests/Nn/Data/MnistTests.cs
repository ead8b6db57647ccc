using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class MnistTests
{
    static readonly byte[] Images = DataFiles.Idx(0x08, [2, 1, 3], 1, 2, 3, 4, 5, 6);
    static readonly byte[] Labels = DataFiles.Idx(0x08, [2], 9, 0);

    TempFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TempFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    string InFolder(params string[] names) => Path.Combine([_folder.Root, .. names]);

    void WritePair(string images, string labels, bool gzip = false)
    {
        _folder.Write(images, gzip ? DataFiles.Gzip(Images) : Images);
        _folder.Write(labels, gzip ? DataFiles.Gzip(Labels) : Labels);
    }

    string FormatError(byte[] images, byte[] labels, string suffix = "")
    {
        _folder.Write("train-images-idx3-ubyte" + suffix, images);
        _folder.Write("train-labels-idx1-ubyte" + suffix, labels);
        return Assert.Throws<DataFormatException>(() => Mnist.LoadPart(_folder.Root, MnistPart.Train))!.Message;
    }

    [Test]
    public void Load_every_layout_is_found(
        [Values("", "raw/", "MNIST/raw/", "FashionMNIST/raw/")] string place, [Values("-", ".")] string spelling, [Values] bool gzip)
    {
        string end = gzip ? ".gz" : "";
        foreach (string part in new[] { "train", "t10k" })
            WritePair($"{place}{part}-images{spelling}idx3-ubyte{end}", $"{place}{part}-labels{spelling}idx1-ubyte{end}", gzip);

        (LabelledImages train, LabelledImages test) = Mnist.Load(_folder.Root);
        foreach (LabelledImages part in new[] { train, test })
            using (Assert.EnterMultipleScope())
            {
                Assert.That((part.Count, part.Rows, part.Columns), Is.EqualTo((2, 1, 3)));
                Assert.That(part.Pixels.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
                Assert.That(part.Image(1).ToArray(), Is.EqualTo(new byte[] { 4, 5, 6 }));
                Assert.That(part.Labels.ToArray(), Is.EqualTo(new byte[] { 9, 0 }));
            }
    }

    [Test]
    public void LoadPart_mixed_spelling_and_packing_is_found()
    {
        _folder.Write("train-images.idx3-ubyte", Images);
        _folder.Write("train-labels-idx1-ubyte.gz", DataFiles.Gzip(Labels));
        Assert.That(Mnist.LoadPart(_folder.Root, MnistPart.Train).Count, Is.EqualTo(2));
    }

    [Test]
    public void LoadPart_plain_beside_packed_reads_the_plain_one()
    {
        WritePair("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
        WritePair("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
        _folder.Write("train-images-idx3-ubyte.gz", [1]);
        Assert.That(Mnist.LoadPart(_folder.Root, MnistPart.Train).Count, Is.EqualTo(2));
    }

    [Test]
    public void LoadPart_prefix_and_classes_are_free()
    {
        _folder.Write("letters-images-idx3-ubyte", Images);
        _folder.Write("letters-labels-idx1-ubyte", DataFiles.Idx(0x08, [2], 255, 26));
        Assert.That(Mnist.LoadPart(_folder.Root, "letters", classes: 256).Labels[0], Is.EqualTo(255));
    }

    [Test]
    public void Load_without_test_part_lists_where_it_looked()
    {
        WritePair("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => Mnist.Load(_folder.Root))!;
        Assert.That(error.Message, Is.EqualTo(
            "Mnist: no folder holds both images and labels of \"t10k\". "
            + $"Looked in {_folder.Root}, {InFolder("raw")}, {InFolder("MNIST", "raw")}, {InFolder("FashionMNIST", "raw")}"
            + " for t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, also spelled .idx3-ubyte and .idx1-ubyte, also with .gz. Put both files into one of them."));
    }

    [Test]
    public void LoadPart_images_alone_names_them()
    {
        string images = _folder.Write("train-images-idx3-ubyte", Images);
        Assert.That(() => Mnist.LoadPart(_folder.Root, MnistPart.Train), Throws.InstanceOf<FileNotFoundException>().With.Message.StartsWith(
            $"Mnist: no folder holds both images and labels of \"train\" (there is {images} alone). Looked in ").And.Message.EndsWith("also with .gz. Put the other file beside it."));
    }

    [Test]
    public void LoadPart_missing_folder_says_so()
    {
        string folder = InFolder("none");
        Assert.That(() => Mnist.LoadPart(folder, MnistPart.Train), Throws.InstanceOf<DirectoryNotFoundException>().With.Message.EqualTo(
            $"Mnist: the folder {folder} does not exist. Make it, and put the files there."));
        Assert.That(() => Mnist.LoadPart("no such folder", MnistPart.Train), Throws.InstanceOf<DirectoryNotFoundException>().With.Message.EqualTo(
            $"Mnist: the folder no such folder does not exist. Make it in {Environment.CurrentDirectory}, or pass a whole path."));
    }

    [Test]
    public void LoadPart_two_places_are_ambiguous()
    {
        foreach (string set in new[] { "MNIST", "FashionMNIST" })
            WritePair($"{set}/raw/train-images-idx3-ubyte", $"{set}/raw/train-labels-idx1-ubyte");
        Assert.That(() => Mnist.LoadPart(_folder.Root, MnistPart.Train), Throws.TypeOf<DataFormatException>().With.Message.EqualTo(
            $"Mnist: images and labels of \"train\" are in both {InFolder("MNIST", "raw", "train-images-idx3-ubyte")} and "
            + $"{InFolder("FashionMNIST", "raw", "train-images-idx3-ubyte")}. Name the folder that is meant."));
    }

    [Test]
    public void LoadPart_counts_that_differ_name_both_files() =>
        Assert.That(FormatError(Images, DataFiles.Idx(0x08, [3], 1, 2, 3)), Is.EqualTo(
            $"{InFolder("train-labels-idx1-ubyte")}, byte 4: every image needs one label, but {InFolder("train-images-idx3-ubyte")}"
            + " has 2 images (byte 4) and this file 3 labels. Take both files from one set and one part of it."));

    [Test]
    public void LoadPart_label_out_of_range_names_its_place() =>
        Assert.That(FormatError(DataFiles.Gzip(Images), DataFiles.Gzip(DataFiles.Idx(0x08, [2], 9, 10)), ".gz"), Is.EqualTo(
            $"{InFolder("train-labels-idx1-ubyte.gz")}, byte 9 (unpacked): label 1 must be below 10, but is 10"
            + $" (images: {InFolder("train-images-idx3-ubyte.gz")}). Pass classes: 11, or as many as the set has."));

    [Test]
    public void LoadPart_images_of_another_form_are_refused()
    {
        string start = $"{InFolder("train-images-idx3-ubyte")}, byte ";
        const string Rule = ": images must be UInt8 [count, rows, columns] of at least 1 pixel, but this is ";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(FormatError(DataFiles.Idx(0x08, [2, 1], 1, 2), Labels), Is.EqualTo($"{start}3{Rule}UInt8 [2, 1]. Read it by Idx.Read, and make a Dataset of what it holds."));
            Assert.That(FormatError(DataFiles.Idx(0x09, [2, 1, 1], 1, 2), Labels), Is.EqualTo($"{start}2{Rule}Int8 [2, 1, 1]. Read it by Idx.Read, and make a Dataset of what it holds."));
            Assert.That(FormatError(DataFiles.Idx(0x08, [2, 0, 1]), Labels), Is.EqualTo($"{start}8{Rule}UInt8 [2, 0, 1]. Read it by Idx.Read, and make a Dataset of what it holds."));
            Assert.That(FormatError(Labels, Labels), Is.EqualTo($"{start}3{Rule}UInt8 [2]. Exchange the file with that of the labels."));
        }
    }

    [Test]
    public void LoadPart_labels_of_another_form_are_refused()
    {
        string start = $"{InFolder("train-labels-idx1-ubyte")}, byte ";
        const string Rule = ": labels must be UInt8 [count], but this is ";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(FormatError(Images, DataFiles.Idx(0x08, [2, 1], 1, 2)), Is.EqualTo($"{start}3{Rule}UInt8 [2, 1]. Read it by Idx.Read, and make a Dataset of what it holds."));
            Assert.That(FormatError(Images, DataFiles.Idx(0x0B, [1], 0, 2)), Is.EqualTo($"{start}2{Rule}Int16 [1]. Read it by Idx.Read, and make a Dataset of what it holds."));
            Assert.That(FormatError(Images, Images), Does.EndWith(". Exchange the file with that of the images."));
        }
    }

    [Test]
    public void LabelledImages_of_wrong_length_are_refused() =>
        Assert.That(() => new LabelledImages(new byte[5], new byte[2], 1, 3), Throws.ArgumentException.With.Message.EqualTo(
            "LabelledImages: 2 pictures of [1, 3] need 6 pixels, but there are 5. Pass all pixels of all pictures, one byte each. (Parameter 'pixels')"));

    [Test]
    public void Load_real_MNIST_has_its_known_counts()
    {
        (LabelledImages train, LabelledImages test) = Mnist.Load(DataFiles.Shared("mnist"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((train.Count, train.Rows, train.Columns), Is.EqualTo((60_000, 28, 28)));
            Assert.That((test.Count, test.Rows, test.Columns), Is.EqualTo((10_000, 28, 28)));
            Assert.That(train.Labels[..5].ToArray(), Is.EqualTo(new byte[] { 5, 0, 4, 1, 9 }));
            // The mean pixel that the usual normalisation takes off.
            Assert.That(Mean(train), Is.EqualTo(0.1307).Within(0.00005));
        }
    }

    [Test]
    public void LoadPart_real_Fashion_MNIST_has_its_known_counts()
    {
        string folder = DataFiles.Shared("fashion-mnist");
        LabelledImages train = Mnist.LoadPart(folder, "train10k");
        LabelledImages test = Mnist.LoadPart(folder, MnistPart.Test);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((train.Count, test.Count), Is.EqualTo((10_000, 10_000)));
            Assert.That(Mean(train), Is.EqualTo(0.286).Within(0.005));
            Assert.That(test.Labels.Count((byte)9), Is.EqualTo(1_000));
        }
    }

    static double Mean(LabelledImages images)
    {
        long sum = 0;
        foreach (byte pixel in images.Pixels)
            sum += pixel;
        return sum / 255.0 / images.Pixels.Length;
    }
}
