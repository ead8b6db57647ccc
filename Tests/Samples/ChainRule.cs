namespace Autograd.Samples;

public static class ChainRule
{
    // sample: value
    sealed class Value(double data, params (Value Input, double Slope)[] made)
    {
        static int _last;

        public readonly double Data = data;
        public readonly (Value Input, double Slope)[] Made = made;
        public readonly int Number = ++_last;
        public double Grad;
        // end

        // sample: ops
        public static Value operator +(Value a, Value b) => new(a.Data + b.Data, (a, 1), (b, 1));

        public static Value operator *(Value a, Value b) => new(a.Data * b.Data, (a, b.Data), (b, a.Data));

        public Value Tanh()
        {
            double y = Math.Tanh(Data);
            return new(y, (this, (1 + y) * (1 - y)));
        }
        // end

        // sample: backward
        public void Backward()
        {
            // 1. Collect what this value was made from, each value once, with a stack instead of recursion.
            List<Value> tape = [];
            HashSet<Value> seen = [this];
            Stack<Value> pending = new([this]);
            while (pending.TryPop(out Value? value))
            {
                tape.Add(value);
                foreach ((Value input, _) in value.Made)
                {
                    if (seen.Add(input)) pending.Push(input);
                }
            }

            // 2. Order it: a result has a greater number than what it was made from.
            tape.Sort((a, b) => b.Number.CompareTo(a.Number));

            // 3. Walk it in reverse: when a value's turn comes, everything made from it has been visited, so its gradient is complete.
            Grad = 1;
            foreach (Value value in tape)
            {
                foreach ((Value input, double slope) in value.Made) input.Grad += value.Grad * slope;
            }
        }
        // end
    }

    /// <summary>∂y/∂a and ∂y/∂b of y = tanh(a·b + a)·b, by the class above.</summary>
    public static (double A, double B) ByHand(double pa, double pb)
    {
        // sample: use
        Value a = new(pa), b = new(pb);
        Value y = ((a * b) + a).Tanh() * b;
        y.Backward();
        // end
        return (a.Grad, b.Grad);
    }

    /// <summary>The same by the library.</summary>
    public static (double A, double B) ByEngine(double pa, double pb)
    {
        // sample: engine
        Tensor a = Tensor.Scalar(pa, DType.Float64), b = Tensor.Scalar(pb, DType.Float64);
        a.RequiresGrad = b.RequiresGrad = true;
        Tensor y = ((a * b) + a).Tanh() * b;
        y.Backward();
        // end
        return (a.Grad!.Item(), b.Grad!.Item());
    }
}
