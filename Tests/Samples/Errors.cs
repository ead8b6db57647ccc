namespace Autograd.Samples;

public static class Errors
{
    public static void Run()
    {
        try
        {
            // sample: shapes
            Tensor hidden = Tensor.Ones([32, 64]), w2 = Tensor.Ones([32, 10]);
            Tensor y = hidden.MatMul(w2);
            // end
        }
        catch (ShapeException error)
        {
            Console.WriteLine(error.Message);
        }
        try
        {
            // sample: twice
            Tensor x = Tensor.Scalar(2);
            x.RequiresGrad = true;
            Tensor y = x * x;
            y.Backward();
            y.Backward();
            // end
        }
        catch (GraphException error)
        {
            Console.WriteLine(error.Message);
        }
    }
}
