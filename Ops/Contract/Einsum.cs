namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>Sums of products in index notation: <c>Tensor.Einsum("ij,jk->ik", a, b)</c> is the matrix product.</summary>
        /// <param name="equation">
        /// One group of letters an operand, one letter an axis. Letters that the result lacks are summed over; a letter twice in one group
        /// takes the diagonal; <c>...</c> stands for any axes, broadcast. Without <c>-></c> the result has the letters that occur once, sorted.
        /// </param>
        /// <param name="operands">One tensor a group.</param>
        /// <returns>The axes that the equation names after <c>-></c>, in its order.</returns>
        /// <remarks>Operands are multiplied from left to right; where order matters for speed, name them in it.</remarks>
        /// <exception cref="ShapeException">The equation cannot be read, or the sizes of a letter differ and none is 1.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public static Tensor Einsum(string equation, params ReadOnlySpan<Tensor> operands)
        {
            Throw.IfNull("Einsum", equation);
            Throw.IfAnyNull("Einsum", operands);
            if (operands.IsEmpty) throw Throw.NoTensors("Einsum");
            Throw.IfNotFloating("Einsum", operands!);
            EinsumPlan plan = new(equation, operands);
            EinsumTerm result = plan.Term(0, operands[0]);
            for (int i = 1; i < operands.Length; i++) result = result.Times(plan.Term(i, operands[i]), plan.NeededAfter(i));
            return result.Reduce(plan.Output).Ordered(plan.Output);
        }
    }
}

/// <summary>The letters of an equation: one string for each operand and one for the result, <c>...</c> replaced by letters of its own.</summary>
sealed class EinsumPlan
{
    const char FirstBroadcast = '\uE000';

    readonly string _equation;
    readonly string[] _inputs;

    public EinsumPlan(string equation, ReadOnlySpan<Tensor> operands)
    {
        _equation = equation;
        string text = equation.Replace(" ", "", StringComparison.Ordinal);
        int arrow = text.IndexOf("->", StringComparison.Ordinal);
        string[] groups = (arrow < 0 ? text : text[..arrow]).Split(',');
        if (groups.Length != operands.Length) throw Throw.EinsumCount(equation, groups.Length, operands.Length);
        int broadcast = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            int hidden = operands[i].Rank - Letters(groups[i]);
            bool dots = groups[i].Contains("...", StringComparison.Ordinal);
            if (hidden < 0 || (hidden > 0 && !dots)) throw Throw.EinsumRank(equation, groups[i], operands[i].Shape);
            if (dots) broadcast = Math.Max(broadcast, hidden);
        }
        _inputs = new string[groups.Length];
        for (int i = 0; i < groups.Length; i++)
        {
            int hidden = operands[i].Rank - Letters(groups[i]);
            _inputs[i] = groups[i].Replace("...", Hidden(broadcast)[(broadcast - hidden)..], StringComparison.Ordinal);
        }
        Output = arrow < 0 ? Implicit(Hidden(broadcast)) : Explicit(text[(arrow + 2)..], Hidden(broadcast));
        CheckSizes(operands);
    }

    public string Output { get; }

    public EinsumTerm Term(int index, Tensor operand)
    {
        EinsumTerm term = new EinsumTerm(operand, _inputs[index]).Diagonals();
        return term.Reduce(string.Concat(_inputs.Where((_, i) => i != index)) + Output);
    }

    /// <summary>The letters that are still needed once operand number <paramref name="index"/> has been multiplied in.</summary>
    public string NeededAfter(int index) => string.Concat(_inputs.Skip(index + 1)) + Output;

    int Letters(string group)
    {
        string letters = group.Replace("...", "", StringComparison.Ordinal);
        bool valid = letters.All(char.IsAsciiLetter) && group.Length - letters.Length <= 3;
        return valid ? letters.Length : throw Throw.EinsumLetters(_equation, group);
    }

    static string Hidden(int count) => string.Concat(Enumerable.Range(0, count).Select(i => (char)(FirstBroadcast + i)));

    string Implicit(string hidden)
    {
        string all = string.Concat(_inputs);
        return hidden + string.Concat(all.Where(c => c < FirstBroadcast && all.Count(d => d == c) == 1).Order());
    }

    string Explicit(string group, string hidden)
    {
        Letters(group);
        string output = group.Replace("...", hidden, StringComparison.Ordinal), all = string.Concat(_inputs);
        bool valid = output.Distinct().Count() == output.Length && output.All(c => all.Contains(c));
        return valid ? output : throw Throw.EinsumResult(_equation, group);
    }

    void CheckSizes(ReadOnlySpan<Tensor> operands)
    {
        Dictionary<char, int> sizes = [];
        for (int i = 0; i < operands.Length; i++)
        {
            for (int axis = 0; axis < _inputs[i].Length; axis++)
            {
                char letter = _inputs[i][axis];
                int size = operands[i].Shape[axis], known = sizes.GetValueOrDefault(letter, 1);
                bool repeated = _inputs[i].IndexOf(letter, StringComparison.Ordinal) is var first && operands[i].Shape[first] != size;
                if (repeated || (known != size && known != 1 && size != 1)) throw Throw.EinsumSizes(_equation, letter, repeated ? operands[i].Shape[first] : known, size);
                sizes[letter] = known == 1 ? size : known;
            }
        }
    }
}

/// <summary>A tensor with a letter for each of its axes.</summary>
readonly record struct EinsumTerm(Tensor Value, string Letters)
{
    int Size(char letter) => Value.Shape[Letters.IndexOf(letter, StringComparison.Ordinal)];

    /// <summary>Takes the diagonal of axes with the same letter.</summary>
    public EinsumTerm Diagonals()
    {
        for (int i = 0; i < Letters.Length; i++)
        {
            int twin = Letters.IndexOf(Letters[i], i + 1);
            if (twin < 0) continue;
            // The diagonal of [n, n], laid out as one axis of n², is every (n + 1)-th element.
            int n = Value.Shape[i];
            Tensor paired = Value.MoveAxis([i, twin], [-2, -1]);
            Tensor flat = paired.Reshape([.. paired.Shape.Sizes[..^2], n * n]);
            string rest = Letters.Remove(twin, 1).Remove(i, 1);
            return new EinsumTerm(flat.Slice(-1, 0, null, n + 1), rest + Letters[i]).Diagonals();
        }
        return this;
    }

    /// <summary>Sums over the axes whose letters are not needed.</summary>
    public EinsumTerm Reduce(string needed)
    {
        string letters = Letters;
        string kept = string.Concat(letters.Where(c => needed.Contains(c)));
        if (kept.Length == letters.Length) return this;
        int[] summed = new int[letters.Length];
        for (int i = 0; i < summed.Length; i++) summed[i] = kept.Contains(letters[i]) ? Value.Shape[i] : 1;
        return new(Value.SumTo(Shape.Create(summed)).Reshape(Sizes(kept)), kept);
    }

    /// <summary>The product of two terms, summed over the letters that are not needed afterwards.</summary>
    public EinsumTerm Times(EinsumTerm other, string needed)
    {
        string left = Letters, right = other.Letters;
        string shared = string.Concat(left.Where(c => right.Contains(c)));
        string batch = string.Concat(shared.Where(c => needed.Contains(c))), inner = string.Concat(shared.Where(c => !needed.Contains(c)));
        string rows = string.Concat(left.Where(c => !shared.Contains(c))), columns = string.Concat(right.Where(c => !shared.Contains(c)));
        EinsumTerm a = Ordered(batch + rows + inner, other), b = other.Ordered(batch + inner + columns, this);
        Tensor product = inner.Length == 0
            ? a.Value.Reshape([.. a.Value.Shape.Sizes, .. columns.Select(_ => 1)]) * b.Value.Reshape([.. b.Sizes(batch), .. rows.Select(_ => 1), .. b.Sizes(columns)])
            : a.Value.Reshape([.. a.Sizes(batch), Count(a.Sizes(rows)), Count(a.Sizes(inner))])
                .MatMul(b.Value.Reshape([.. b.Sizes(batch), Count(b.Sizes(inner)), Count(b.Sizes(columns))]));
        int[] sizes = [.. batch.Select(c => a.Size(c) == 1 ? b.Size(c) : a.Size(c)), .. a.Sizes(rows), .. b.Sizes(columns)];
        return new(product.Reshape(sizes), batch + rows + columns);
    }

    /// <summary>The tensor with its axes in the given order.</summary>
    public Tensor Ordered(string letters)
    {
        string own = Letters;
        int[] axes = [.. letters.Select(c => own.IndexOf(c, StringComparison.Ordinal))];
        return axes.Order().SequenceEqual(axes) ? Value : Value.Permute(axes);
    }

    /// <summary>The same in another order of axes; those of size 1 that are summed over together with another term's are repeated.</summary>
    EinsumTerm Ordered(string letters, EinsumTerm other)
    {
        Tensor value = Ordered(letters);
        int[] sizes = [.. value.Shape.Sizes];
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] == 1 && other.Letters.Contains(letters[i])) sizes[i] = other.Size(letters[i]);
        }
        return new(value.Expand(Shape.Create(sizes)), letters);
    }

    int[] Sizes(string letters)
    {
        EinsumTerm self = this;
        return [.. letters.Select(c => self.Size(c))];
    }

    static int Count(int[] sizes) => sizes.Aggregate(1, (product, size) => product * size);
}
