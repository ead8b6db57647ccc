using System.Globalization;
using System.Text;

namespace Autograd;

public sealed partial class Tensor
{
    const int EdgeItems = 3, SummarizeFrom = 200, Digits = 4;

    /// <summary>The numbers in nested brackets, four digits each, then type, shape and history; long axes are cut in the middle.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (Rank == 0)
        {
            text.Append(Format(Layout.Offset, Digits));
        }
        else
        {
            bool cut = Count > SummarizeFrom;
            int width = 0;
            VisitShown(0, Layout.Offset, cut, position => width = Math.Max(width, Format(position, Digits).Length));
            Print(text, 0, Layout.Offset, cut, width);
        }
        return text.Append(CultureInfo.InvariantCulture, $"  {Caption}").ToString();
    }

    string DebuggerText => Count == 1 && _storage.Generation == _storageGeneration ? $"{Format(Layout.Offset, 6)}  {Caption}" : Caption;

    string Caption => $"{DType} {Shape}" + _node switch
    {
        null or { RequiresGrad: false } => "",
        { Operation: { } op } => $" from {op.Name}",
        _ => " requires grad",
    };

    void Print(StringBuilder text, int axis, int position, bool cut, int width)
    {
        if (axis == Rank)
        {
            text.Append(Format(position, Digits).PadLeft(width));
            return;
        }
        string separator = axis == Rank - 1 ? ", " : "," + new string('\n', Rank - 1 - axis) + new string(' ', axis + 1);
        text.Append('[');
        int size = Shape.Sizes[axis];
        for (int i = 0; i < size; i++)
        {
            if (i > 0) text.Append(separator);
            if (cut && i == EdgeItems && size > 2 * EdgeItems)
            {
                text.Append('…').Append(separator);
                i = size - EdgeItems;
            }
            Print(text, axis + 1, position + (i * Layout.Strides[axis]), cut, width);
        }
        text.Append(']');
    }

    void VisitShown(int axis, int position, bool cut, Action<int> visit)
    {
        if (axis == Rank)
        {
            visit(position);
            return;
        }
        int size = Shape.Sizes[axis];
        for (int i = 0; i < size; i++)
        {
            if (cut && i == EdgeItems && size > 2 * EdgeItems) i = size - EdgeItems;
            VisitShown(axis + 1, position + (i * Layout.Strides[axis]), cut, visit);
        }
    }

    string Format(int position, int digits) => DType switch
    {
        DType.Bool => ElementAt(position) != 0 ? "true" : "false",
        DType.Int64 => LiveStorage.Span<long>(position, 1)[0].ToString(CultureInfo.InvariantCulture),
        _ => ElementAt(position).ToString("G" + digits, CultureInfo.InvariantCulture),
    };
}
