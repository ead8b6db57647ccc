namespace Autograd;

/// <summary>Every op on tensors, as extension members; each has a file of its own in Ops/, with its derivative.</summary>
public static partial class TensorOps;
