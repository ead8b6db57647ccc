namespace Autograd.Nn;

/// <summary>Checks the sizes that layers are made with.</summary>
static class Sizes
{
    public static void AtLeastOne(string layer, params ReadOnlySpan<(string Name, int Value)> sizes) => AtLeast(1, layer, sizes);

    public static void NotNegative(string layer, params ReadOnlySpan<(string Name, int Value)> sizes) => AtLeast(0, layer, sizes);

    static void AtLeast(int least, string layer, ReadOnlySpan<(string Name, int Value)> sizes)
    {
        foreach ((string name, int value) in sizes)
        {
            if (value < least) throw Throw.BadLayer(layer, name, value, $"must be {least} or more");
        }
    }
}
