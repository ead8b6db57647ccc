namespace Autograd;

/// <summary>How the last axes of a tensor are read as a matrix; what is in front of them are batch axes.</summary>
enum MatrixForm
{
    /// <summary>[…, rows, columns].</summary>
    Plain,

    /// <summary>[…, columns, rows].</summary>
    Transposed,

    /// <summary>[…, columns], one row.</summary>
    Row,

    /// <summary>[…, rows], one column.</summary>
    Column,

    /// <summary>[…], one row and one column.</summary>
    Number,
}

/// <summary>What follows from a form.</summary>
static class MatrixForms
{
    extension(MatrixForm form)
    {
        /// <summary>The form in which the same tensor is the transposed matrix.</summary>
        public MatrixForm T => form switch
        {
            MatrixForm.Plain => MatrixForm.Transposed,
            MatrixForm.Transposed => MatrixForm.Plain,
            MatrixForm.Row => MatrixForm.Column,
            MatrixForm.Column => MatrixForm.Row,
            _ => MatrixForm.Number,
        };

        /// <summary>The number of axes that belong to the matrix.</summary>
        public int Axes => form switch
        {
            MatrixForm.Plain or MatrixForm.Transposed => 2,
            MatrixForm.Number => 0,
            _ => 1,
        };

        public int Rows(Shape shape) => form switch
        {
            MatrixForm.Plain => shape.Sizes[^2],
            MatrixForm.Transposed or MatrixForm.Column => shape.Sizes[^1],
            _ => 1,
        };

        public int Columns(Shape shape) => form.T.Rows(shape);

        /// <summary>The axes in front of the matrix.</summary>
        public Shape Batch(Shape shape) => Shape.Create(shape.Sizes[..^form.Axes]);

        /// <summary>The shape of a tensor of this form (not Transposed).</summary>
        public Shape Compose(Shape batch, int rows, int columns) => form switch
        {
            MatrixForm.Plain => [.. batch.Sizes, rows, columns],
            MatrixForm.Row => [.. batch.Sizes, columns],
            MatrixForm.Column => [.. batch.Sizes, rows],
            _ => batch,
        };
    }
}
