namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>A copy of a matrix: shape [rows, columns].</summary>
        /// <typeparam name="T">float, double, long or bool.</typeparam>
        public static Tensor From<T>(T[,] values) where T : unmanaged => FromArray<T>(values);

        /// <summary>A copy of a three-dimensional array.</summary>
        /// <typeparam name="T">float, double, long or bool.</typeparam>
        public static Tensor From<T>(T[,,] values) where T : unmanaged => FromArray<T>(values);

        /// <summary>A copy of a four-dimensional array.</summary>
        /// <typeparam name="T">float, double, long or bool.</typeparam>
        public static Tensor From<T>(T[,,,] values) where T : unmanaged => FromArray<T>(values);
    }

    static Tensor FromArray<T>(Array values) where T : unmanaged
    {
        Throw.IfNull("From", values);
        int[] sizes = new int[values.Rank];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = values.GetLength(i);
        return Tensor.From<T>([.. values.Cast<T>()], Shape.Create(sizes));
    }
}
