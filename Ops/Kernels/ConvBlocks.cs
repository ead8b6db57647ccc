using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>
/// The blocks of the outputs of a batch of images, [image, row of blocks, block], in strips whose products stay in the second-level cache: whole images, or rows of
/// blocks of one. Makes the products of the source, [product, block, channel].
/// </summary>
readonly unsafe struct ConvBlocks<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int StripBytes = 1 << 18, FewestBlocks = 56, MostBlocks = 112;

    readonly ConvChannelRows<T> _source;
    readonly int _images, _groupIn, _taps, _rowMin, _stripImages, _parts;

    /// <summary>Output rows of a block.</summary>
    public readonly int Block;

    /// <summary>Rows of blocks of an image.</summary>
    public readonly int BlockRows;

    /// <summary>Blocks of a row.</summary>
    public readonly int RowBlocks;

    /// <summary>Strips.</summary>
    public readonly int Strips;

    /// <summary>Most blocks of a strip.</summary>
    public readonly int StripBlocks;

    /// <summary>Elements from one block's products to the next's: their channels, but never so that many blocks share few sets of the cache.</summary>
    public readonly int BlockSize;

    /// <summary>Whether all blocks are one strip: where there are no more of them than output channels, the filters are what is cut.</summary>
    public readonly bool IsWhole;

    public ConvBlocks(T* x, int images, int groups, int groupIn, int groupOut, int height, int width, ConvAxis row, ConvAxis column)
    {
        (_images, _groupIn, _taps, _rowMin) = (images, groupIn, row.Taps, row.Min);
        Block = RowProducts.Block(row.Taps);
        BlockRows = (row.Outputs + Block - 1) / Block;
        RowBlocks = (column.Outputs + BlockProducts.Width - 1) / BlockProducts.Width;
        BlockSize = groupIn * sizeof(T) % 1024 == 0 ? groupIn + (64 / sizeof(T)) : groupIn;
        _source = new(x, groups * groupIn, height, width, column.Min, (RowBlocks * BlockProducts.Width) + BlockProducts.ColumnTaps - 1);
        int each = BlockRows * RowBlocks, wanted = Math.Clamp(StripBytes / (BlockProducts.Count * groupIn * sizeof(T)), FewestBlocks, MostBlocks);
        IsWhole = (long)images * each <= Math.Max(groupOut, FewestBlocks);
        if (IsWhole) wanted = images * each;
        _stripImages = Math.Clamp(wanted / each, 1, images);
        _parts = _stripImages > 1 ? 1 : Math.Clamp((each + wanted - 1) / wanted, 1, BlockRows);
        Strips = (images + _stripImages - 1) / _stripImages * _parts;
        StripBlocks = _stripImages > 1 ? _stripImages * each : (BlockRows + _parts - 1) / _parts * RowBlocks;
    }

    /// <summary>The images of a strip and the rows of blocks of each of them.</summary>
    public (int Image, int Images, int Row, int Rows) Strip(int strip)
    {
        int first = strip / _parts * _stripImages, part = strip % _parts, row = part * BlockRows / _parts;
        return (first, Math.Min(_stripImages, _images - first), row, ((part + 1) * BlockRows / _parts) - row);
    }

    /// <summary>Elements from one product to the next, where a block's take so many: the 24 that are written together fall into different sets of the cache.</summary>
    public static nint ProductSize(int blocks, int size)
    {
        int page = 4096 / sizeof(T);
        return (((nint)blocks * size) + page - 1) / page * page + (320 / sizeof(T));
    }

    /// <summary>The products of the source of a strip for one group.</summary>
    public void Sources(int strip, int group, T* products, nint productSize)
    {
        (int image, int images, int row, int rows) = Strip(strip);
        for (int n = image; n < image + images; n++, products += (nint)rows * RowBlocks * BlockSize) Sources(n, group, row, rows, products, productSize);
    }

    /// <summary>The products of an image of a whole strip, all of them <paramref name="products"/>.</summary>
    public void WholeSources(int image, int group, T* products, nint productSize) =>
        Sources(image, group, 0, BlockRows, products + ((nint)image * BlockRows * RowBlocks * BlockSize), productSize);

    [MethodImpl(Jit.Loop)]
    void Sources(int image, int group, int row, int rows, T* products, nint productSize)
    {
        int lanes = System.Runtime.Intrinsics.Vector512<T>.Count;
        for (int c = 0; c < _groupIn; c += lanes)
        {
            int channel = Math.Min(c, _groupIn - lanes);
            T* x = _source.Prepare(ScratchSlot.Image, image, (group * _groupIn) + channel, (row * Block) + _rowMin, (rows * Block) + _taps - 1), target = products + channel;
            for (int r = 0; r < rows; r++, x += Block * _source.RowSize)
            {
                for (int b = 0; b < RowBlocks; b++, target += BlockSize)
                    BlockProducts.Sources(x + ((nint)b * BlockProducts.Width * lanes), _source.RowSize, target, productSize);
            }
        }
    }
}

/// <summary>The products of the sources of a whole strip, a group of an image each: [group, product, block, channel].</summary>
readonly unsafe struct ConvBlockSources<T>(ConvBlocks<T> blocks, int groups, T* products, nint productSize) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int chunk) => blocks.WholeSources(chunk / groups, chunk % groups, products + (chunk % groups * BlockProducts.Count * productSize), productSize);
}
