using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>
/// The blocks of a batch of images, [image, row of blocks, block], in strips: whole images, or rows of blocks of one. Makes the products of the source,
/// [product, block, phase and channel].
/// </summary>
readonly unsafe struct ConvPhaseBlocks<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int FewestBlocks = 56, MostBlocks = 256;

    readonly ConvChannelRows<T> _source;
    readonly int _images, _groupIn, _stripImages, _parts;

    /// <summary>The phases of the rows.</summary>
    public readonly ConvPhases Row;

    /// <summary>The phases of the columns.</summary>
    public readonly ConvPhases Column;

    /// <summary>Rows of blocks of an image.</summary>
    public readonly int BlockRows;

    /// <summary>Blocks of a row.</summary>
    public readonly int RowBlocks;

    /// <summary>Strips.</summary>
    public readonly int Strips;

    /// <summary>Most blocks of a strip.</summary>
    public readonly int StripBlocks;

    /// <summary>Elements from one block's products to the next's: their phases and channels, but never so that many blocks share few sets of the cache.</summary>
    public readonly int BlockSize;

    /// <summary>Products of a block.</summary>
    public int Count => Row.Side * Column.Side;

    /// <summary>Elements from one product to the next.</summary>
    public nint ProductSize => ConvBlocks<T>.ProductSize(StripBlocks, BlockSize);

    public ConvPhaseBlocks(T* source, int images, int groups, int groupIn, int height, int width, ConvPhases row, ConvPhases column, int stripBytes)
    {
        (_images, _groupIn, Row, Column) = (images, groupIn, row, column);
        (BlockRows, RowBlocks) = (row.Blocks, column.Blocks);
        int size = row.SourcePhases * column.SourcePhases * groupIn;
        BlockSize = size * sizeof(T) % 1024 == 0 ? size + (64 / sizeof(T)) : size;
        _source = new(source, groups * groupIn, height, width, column.SourceMin, column.SourceCount(RowBlocks));
        int each = BlockRows * RowBlocks, wanted = Math.Clamp(stripBytes / (Count * size * sizeof(T)), FewestBlocks, MostBlocks);
        _stripImages = Math.Clamp(wanted / each, 1, images);
        // Results of the phases of a gradient do not end in the same row: they are written image by image.
        _parts = _stripImages > 1 || row.IsGradient ? 1 : Math.Clamp((each + wanted - 1) / wanted, 1, BlockRows);
        Strips = (images + _stripImages - 1) / _stripImages * _parts;
        StripBlocks = _stripImages > 1 ? _stripImages * each : (BlockRows + _parts - 1) / _parts * RowBlocks;
    }

    /// <summary>The images of a strip and the rows of blocks of each of them.</summary>
    public (int Image, int Images, int Row, int Rows) Strip(int strip)
    {
        int first = strip / _parts * _stripImages, part = strip % _parts, row = part * BlockRows / _parts;
        return (first, Math.Min(_stripImages, _images - first), row, ((part + 1) * BlockRows / _parts) - row);
    }

    /// <summary>The products of the source of a strip for one group; returns the number of blocks.</summary>
    public int Sources(int strip, int group, T* products)
    {
        (int image, int images, int row, int rows) = Strip(strip);
        for (int n = image; n < image + images; n++, products += (nint)rows * RowBlocks * BlockSize) Sources(n, group, row, rows, products);
        return images * rows * RowBlocks;
    }

    [MethodImpl(Jit.Loop)]
    void Sources(int image, int group, int row, int rows, T* products)
    {
        int lanes = System.Runtime.Intrinsics.Vector512<T>.Count, phases = Row.SourcePhases * Column.SourcePhases;
        nint column = (nint)Column.SourcePhases * lanes, size = ProductSize;
        PhaseKernels<T> kernels = PhaseKernels<T>.Of(Row, Column);
        int first = (row * Row.Block * Row.SourcePhases) + Row.SourceMin;
        for (int c = 0; c < _groupIn; c += lanes)
        {
            int channel = Math.Min(c, _groupIn - lanes);
            T* x = _source.Prepare(ScratchSlot.Image, image, (group * _groupIn) + channel, first, Row.SourceCount(rows));
            nint next = Row.SourcePhases * _source.RowSize;
            for (int p = 0; p < phases; p++)
            {
                T* from = x + (p / Column.SourcePhases * _source.RowSize) + ((nint)(p % Column.SourcePhases) * lanes), target = products + (p * _groupIn) + channel;
                for (int r = 0; r < rows; r++, from += Row.Block * next, target += RowBlocks * BlockSize)
                    kernels.Sources(new(RowBlocks, Column.Block * column, target, BlockSize, size), from, next, column);
            }
        }
    }
}
