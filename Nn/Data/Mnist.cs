namespace Autograd.Nn.Data;

/// <summary>The two parts of MNIST and its relatives.</summary>
public enum MnistPart
{
    /// <summary>60,000 pictures to learn from; files <c>train-*</c>.</summary>
    Train,

    /// <summary>10,000 pictures to test on; files <c>t10k-*</c>.</summary>
    Test,
}

/// <summary>Loader of MNIST and of the sets in its form: Fashion-MNIST, KMNIST, EMNIST.</summary>
/// <remarks>
/// Files may lie in the folder itself, in <c>raw</c>, in <c>MNIST/raw</c> or in <c>FashionMNIST/raw</c>; plain or gzip;
/// named <c>train-images-idx3-ubyte</c> or <c>train-images.idx3-ubyte</c>. Where a plain and a packed file lie side by side, the plain one is read.
/// </remarks>
public static class Mnist
{
    /// <summary>Number of classes of MNIST and Fashion-MNIST.</summary>
    public const int Classes = 10;

    /// <summary>The mean brightness of MNIST's training pictures, in [0, 1].</summary>
    public const double Mean = 0.1307;

    /// <summary>The standard deviation of the brightness of MNIST's training pictures.</summary>
    public const double StandardDeviation = 0.3081;

    static readonly string[] Places = ["", "raw", Path.Combine("MNIST", "raw"), Path.Combine("FashionMNIST", "raw")];

    /// <summary>Both parts: <c>var (train, test) = Mnist.Load("data/mnist");</c></summary>
    /// <inheritdoc cref="LoadPart(string, string, int)" path="/exception"/>
    public static (LabelledImages Train, LabelledImages Test) Load(string folder) =>
        (LoadPart(folder, MnistPart.Train), LoadPart(folder, MnistPart.Test));

    /// <summary>One part.</summary>
    /// <inheritdoc cref="LoadPart(string, string, int)" path="/exception"/>
    public static LabelledImages LoadPart(string folder, MnistPart part) => part switch
    {
        MnistPart.Train => LoadPart(folder, "train"),
        MnistPart.Test => LoadPart(folder, "t10k"),
        _ => throw Throw.OutOfRange("Mnist", nameof(part), part, "must be Train or Test", "Pass the beginning of the files' names for other parts."),
    };

    /// <summary>The part whose files are named <c><paramref name="prefix"/>-images…</c> and <c><paramref name="prefix"/>-labels…</c>.</summary>
    /// <param name="folder">Where to look; see the remarks of <see cref="Mnist"/>.</param>
    /// <param name="prefix">Start of the file names, as <c>train</c>, <c>t10k</c>, <c>emnist-letters-train</c>.</param>
    /// <param name="classes">Labels must be below this, 1 to 256.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The files are in none of the places; the message lists them.</exception>
    /// <exception cref="DataFormatException">The files are in more than one of the places, a file is not proper IDX, images are not UInt8 of rank 3 with at least one pixel, labels not UInt8 of rank 1,
    /// their counts differ, or a label is too large.</exception>
    public static LabelledImages LoadPart(string folder, string prefix, int classes = Classes)
    {
        Throw.IfNoName("Mnist", folder, "Pass the folder that holds the files.");
        Throw.IfNoName("Mnist", prefix, "Pass the beginning of the files' names, such as train.");
        Throw.IfOutside("Mnist", classes, 1, 256, "Leave it out for the ten digits.");
        (string imagePath, string labelPath) = Find(folder, prefix);

        // Labels first: they are the small file, so most mistakes show at once.
        IdxArray labels = Idx.Read(labelPath);
        if (labels.ElementType != IdxType.UInt8 || labels.Shape.Length != 1)
            DataThrow.LabelsForm(labelPath, labels.Packed, labels, FormOffset(labels, 1));
        IdxArray images = Idx.Read(imagePath);
        if (images.ElementType != IdxType.UInt8 || images.Shape.Length != 3 || images.Shape[1..].Contains(0))
            DataThrow.ImagesForm(imagePath, images.Packed, images, FormOffset(images, 3));
        if (images.Shape[0] != labels.Count)
            DataThrow.Counts(imagePath, images.Shape[0], labelPath, labels.Packed, labels.Count);

        int wrong = classes > byte.MaxValue ? -1 : labels.AsSpan<byte>().IndexOfAnyInRange((byte)classes, byte.MaxValue);
        if (wrong >= 0)
            DataThrow.Label(imagePath, labelPath, labels.Packed, 8L + wrong, wrong, labels.AsSpan<byte>()[wrong], classes);
        return LabelledImages.Over(images, labels);
    }

    // The header's byte at fault: type, rank, or the first size after the count that is 0.
    static int FormOffset(IdxArray array, int rank) =>
        array.ElementType != IdxType.UInt8 ? 2 : array.Shape.Length != rank ? 3 : 8 + 4 * array.Shape[1..].IndexOf(0);

    static (string Images, string Labels) Find(string folder, string prefix)
    {
        if (!Directory.Exists(folder))
            DataThrow.NoFolder(folder);
        string[] places = Array.ConvertAll(Places, place => Path.Combine(folder, place));
        (string Images, string Labels)? found = null;
        string? half = null;
        foreach (string place in places)
        {
            string? images = FindFile(place, $"{prefix}-images", "idx3-ubyte");
            string? labels = FindFile(place, $"{prefix}-labels", "idx1-ubyte");
            if (images is null || labels is null)
            {
                half ??= images ?? labels;
                continue;
            }
            if (found is var (first, _))
                DataThrow.Ambiguous(prefix, first, images);
            found = (images, labels);
        }
        if (found is null)
            DataThrow.NotFound(prefix, places, half);
        return found.Value;
    }

    static string? FindFile(string place, string start, string end)
    {
        string[] names = [$"{start}-{end}", $"{start}.{end}", $"{start}-{end}.gz", $"{start}.{end}.gz"];
        return names.Select(name => Path.Combine(place, name)).FirstOrDefault(File.Exists);
    }
}
