using Autograd.Nn;
using Autograd.Nn.Data;
using static Autograd.Tests.ErrorTests.ErrorRows;

namespace Autograd.Tests.ErrorTests;

/// <summary>The whole texts of the errors of layers, initial values, optimizers and schedules; those of forgotten layers, copies and saved values stand with their tests.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class NnErrorTests
{
    static object To(Module module, DType dtype)
    {
        module.To(dtype);
        return module;
    }

    static object Load(Module module, string path)
    {
        module.Load(path);
        return module;
    }

    static object Clip(Tensor[] parameters, double limit)
    {
        ClipGradients.ByValue(parameters, limit);
        return parameters;
    }

    static Tensor Strided()
    {
        Tensor x = F(2, 3).T;
        x.RequiresGrad = true;
        return x;
    }

    static Tensor[] Twice()
    {
        Tensor x = G(2);
        return [x, x];
    }

    public static readonly TestCaseData[] Rows =
    [
        // ---- Layers.
        Row<ArgumentOutOfRangeException>(() => new Linear(0, 3),
            "Linear: inputs must be 1 or more, but it is 0. Pass the size of the input's axis, such as x.Shape[1]. (Parameter 'inputs')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Conv2d(4, 6, 3, groups: 4),
            "Conv2d: groups must divide inputs and outputs, here 4 and 6, but it is 4. Pass 2, or change the sizes. (Parameter 'groups')\nActual value was 4."),
        Row<ArgumentOutOfRangeException>(() => new Conv2d(1, 0, 3),
            "Conv2d: outputs must be 1 or more, but it is 0. Pass the number of features that the layer is to give. (Parameter 'outputs')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Conv1d(1, 1, 0),
            "Conv1d: kernel must be 1 or more, but it is 0. Pass kernel: 1 to look at each position by itself. (Parameter 'kernel')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Conv2d(1, 1, 3, stride: 0),
            "Conv2d: stride must be 1 or more, but it is 0. Pass 1, or leave it out. (Parameter 'stride')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Conv2d(1, 1, 3, padding: -1),
            "Conv2d: padding must be 0 or more, but it is -1. Pass 0, or leave it out, for none. (Parameter 'padding')\nActual value was -1."),
        Row<ArgumentOutOfRangeException>(() => new ConvTranspose2d(1, 1, 3, outputPadding: -1),
            "ConvTranspose2d: outputPadding must be 0 or more, but it is -1. Pass 0, or leave it out, for none. (Parameter 'outputPadding')\nActual value was -1."),
        Row<ArgumentOutOfRangeException>(() => new Conv2d(1, 1, 3, dilation: 0),
            "Conv2d: dilation must be 1 or more, but it is 0. Pass 1, or leave it out. (Parameter 'dilation')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Embedding(0, 2),
            "Embedding: count must be 1 or more, but it is 0. Pass the number of different indices, such as Vocabulary.Count. (Parameter 'count')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Embedding(3, 2, paddingIndex: 3),
            "Embedding: paddingIndex must be a number of the 3 vectors, but it is 3. Pass 0 for the first, -1 for the last. (Parameter 'paddingIndex')\nActual value was 3."),
        Row<ArgumentOutOfRangeException>(() => new GroupNorm(3, 4),
            "GroupNorm: groups must divide the channels, here 4, but it is 3. Pass 2, or change the sizes. (Parameter 'groups')\nActual value was 3."),
        Row<ArgumentOutOfRangeException>(() => new LayerNorm([]),
            "LayerNorm: shape must have at least one axis, none of size 0, but it is []. Pass the sizes of the last axes, such as [x.Shape[-1]]. (Parameter 'shape')\nActual value was []."),
        Row<ArgumentOutOfRangeException>(() => new MultiHeadAttention(6, 4),
            "MultiHeadAttention: heads must divide the size, here 6, but it is 4. Pass 3, or change the sizes. (Parameter 'heads')\nActual value was 4."),
        Row<ArgumentOutOfRangeException>(() => new MultiHeadAttention(6, 2, dropout: 2),
            "MultiHeadAttention: dropout must be in [0, 1], but it is 2. Pass 0.1 to drop a tenth. (Parameter 'dropout')\nActual value was 2."),
        Row<ArgumentOutOfRangeException>(() => new PositionalEncoding(4, longest: 0),
            "PositionalEncoding: longest must be 1 or more, but it is 0. Pass the number of steps of the longest sequence. (Parameter 'longest')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Lstm(3, 4, layers: 0),
            "Lstm: layers must be 1 or more, but it is 0. Pass layers: 1 for a single layer. (Parameter 'layers')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Lstm(3, 0),
            "Lstm: hidden must be 1 or more, but it is 0. Pass the number of features that the layer is to give. (Parameter 'hidden')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Lstm(3, 4).WeightsOf(1),
            "Lstm: layer must be from 0 to 0, but it is 1. Count layers from 0, the one nearest to the input. (Parameter 'layer')\nActual value was 1."),
        Row<ArgumentOutOfRangeException>(() => new Lstm(3, 4).WeightsOf(0, reverse: true),
            "Lstm: reverse must be false for a net that runs in one direction, but it is True. Make it with bidirectional: true. (Parameter 'reverse')\nActual value was True."),
        Row<ArgumentOutOfRangeException>(() => new Upsample(0),
            "Upsample: factor must be 1 or more, but it is 0. Pass 2 for twice the height and width; AvgPool2d makes images smaller. (Parameter 'factor')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Branches(1),
            "Branches: modules must be 1 or more, but it is 0. Pass the modules whose results are to be joined. (Parameter 'modules')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Dropout(1.5),
            "Dropout: rate must be in [0, 1], but it is 1.5. Pass 0.1 to drop a tenth. (Parameter 'rate')\nActual value was 1.5."),
        Row<ArgumentOutOfRangeException>(() => new TransformerEncoder(-1, () => new(2, 1, 2)),
            "TransformerEncoder: count must be 0 or more, but it is -1. Pass the number of layers, or 0 for none. (Parameter 'count')\nActual value was -1."),
        Row<ShapeException>(() => new BatchNorm1d(3).Forward(S(3)),
            "BatchNorm1d: the input must be [n, channels] or [n, channels, l], but its shape is [3]. Put the axis of examples in front: x.Unsqueeze(0)."),
        Row<ShapeException>(() => new BatchNorm2d(3).Forward(S(3, 4, 4)),
            "BatchNorm2d: the input must be [n, channels, h, w], but its shape is [3, 4, 4]. Put the axis of examples in front: x.Unsqueeze(0)."),
        Row<ShapeException>(() => new BatchNorm2d(3).Forward(S(2, 3, 3, 4, 4)),
            "BatchNorm2d: the input must be [n, channels, h, w], but its shape is [2, 3, 3, 4, 4]. Bring the axes in front together: x.Flatten(0, 1)."),
        Row<ShapeException>(() => new BatchNorm2d(3).Forward(S(2, 3)),
            "BatchNorm2d: the input must be [n, channels, h, w], but its shape is [2, 3]. Reshape it to 4 axes."),
        Row<ShapeException>(() => new LayerNorm(4).Forward(S(2, 3)),
            "LayerNorm: the input must be […, 4], but its shape is [2, 3]. Make the layer for [3], or bring the axes that are meant to the end with Permute."),
        Row<ShapeException>(() => new LayerNorm([3, 4]).Forward(S(4)),
            "LayerNorm: the input must be […, 3, 4], but its shape is [4]. Reshape it to 2 axes or more."),
        Row<ShapeException>(() => new GroupNorm(2, 4).Forward(S(2, 6)),
            "GroupNorm: the input must be [n, 4, …], but its shape is [2, 6]. Make the layer for 6 channels, or bring the channels to axis 1 with Permute."),
        Row<ShapeException>(() => new GroupNorm(2, 4).Forward(S(4)),
            "GroupNorm: the input must be [n, 4, …], but its shape is [4]. Put the axis of examples in front: x.Unsqueeze(0)."),
        Row<ShapeException>(() => new RmsNorm(4).Forward(S(2, 3)),
            "RmsNorm: the input must be […, 4], but its shape is [2, 3]. Make the layer for [3], or bring the axes that are meant to the end with Permute."),
        Row<ShapeException>(() => new InstanceNorm2d(2).Forward(S(1, 3, 4, 4)),
            "InstanceNorm2d: the input must be [n, 2, h, w], but its shape is [1, 3, 4, 4]. Make the layer for 3 channels, or bring the channels to axis 1 with Permute."),
        Row<ShapeException>(() => new InstanceNorm1d(2).Forward(S(2, 4)),
            "InstanceNorm1d: the input must be [n, 2, l], but its shape is [2, 4]. Put the axis of examples in front: x.Unsqueeze(0)."),
        Row<ShapeException>(() => new PositionalEncoding(4, 3).Forward(S(5, 4)),
            "PositionalEncoding: the input must be […, l, 4] with l ≤ 3, but its shape is [5, 4]. Make the layer with longest: 5."),
        Row<ShapeException>(() => new PositionalEncoding(4, 3).Forward(S(3, 5)),
            "PositionalEncoding: the input must be […, l, 4] with l ≤ 3, but its shape is [3, 5]. Make the layer for [5], or bring the axes that are meant to the end with Permute."),
        Row<ShapeException>(() => new PositionalEncoding(4, 3).Forward(S(4)),
            "PositionalEncoding: the input must be […, l, 4] with l ≤ 3, but its shape is [4]. Put the axis of examples in front: x.Unsqueeze(0)."),
        Row<ShapeException>(() => new Unflatten(2, 2, 2).Forward(S(2, 4)),
            "Unflatten: the input must be a shape with the axis 2, but its shape is [2, 4]. Make the layer with an axis from -2 to 1."),
        Row<ShapeException>(() => new Unflatten(0, 1).Forward(S()),
            "Unflatten: the input must be a shape with the axis 0, but its shape is []. Put an axis in front: x.Unsqueeze(0)."),
        Row<ShapeException>(() => new Upsample(2).Forward(S(2, 6)),
            "Upsample: the input must be [n, channels, h, w], but its shape is [2, 6]. Reshape it to 4 axes."),
        Row<ShapeException>(() => new Dropout2d().Forward(S(2, 3)),
            "Dropout2d: the input must be [n, channels, …], but its shape is [2, 3]. Use Dropout for features without positions."),
        Row<ShapeException>(() => new Dropout2d().Forward(S(3)),
            "Dropout2d: the input must be [n, channels, …], but its shape is [3]. Reshape it to [n, channels, …]."),
        Row<ShapeException>(() => new Residual(new Linear(3, 1)).Forward(S(2, 3)),
            "Residual: the body's result and the shortcut must have one shape, but they are [2, 1] and [2, 3]. Give the Residual a shortcut that makes [2, 1] of the input."),
        Row<ShapeException>(() => new MultiHeadAttention(4, 2).Forward(S(2, 3, 4), S(2, 3, 4), S(2, 3, 4), valid: B(2, 4)),
            "MultiHeadAttention: valid must be Bool [2, 3], one for each key of [2, 3, 4], but it is Bool [2, 4]. Make it true where a key counts: by the lengths of the sequences, Tensor.Arange(l, DType.Int64) < lengths.Unsqueeze(1)."),
        Row<DTypeException>(() => new Dropout().Forward(L(2)),
            "Dropout: the element type must be Float32 or Float64, but it is Int64. Cast(DType.Float32) the tensor first."),
        Row<DTypeException>(() => Init.Normal(L(2)),
            "Init.Normal: the element type must be Float32 or Float64, but it is Int64. Cast(DType.Float32) the tensor first."),
        Row<ShapeException>(() => Init.HeUniform(S(3)),
            "Init.HeUniform: inputs and outputs are counted from a weight of at least 2 axes, [outputs, inputs, …], but its shape is [3]. Fill it with Init.Uniform or Init.Normal."),
        Row<DTypeException>(() => To(new Linear(2, 2), DType.Int64),
            "Module.To: the element type must be Float32 or Float64, but it is Int64. Pass DType.Float32, the type that layers have unless told otherwise."),
        Row<ArgumentNullException>(() => new Sequential(new Linear(2, 2), null!),
            "Sequential: module must be given, but it is null. Make the module before what uses it: fields are null until the constructor has set them. (Parameter 'module')"),
        Row<ArgumentNullException>(() => new Branches(1, new Linear(2, 2), null!),
            "Branches: all modules must be given, but number 1 of 2 is null. Make the module before what uses it: fields are null until the constructor has set them. (Parameter 'modules')"),
        Row<ArgumentNullException>(() => new Linear(2, 2).Forward(null!),
            "Linear: x must be given, but it is null. Is it a Grad? That is null until Backward has reached its tensor. (Parameter 'x')"),
        Row<ArgumentNullException>(() => new Gru(2, 2).Forward(null!, null),
            "Gru: x must be given, but it is null. Is it a Grad? That is null until Backward has reached its tensor. (Parameter 'x')"),
        Row<ArgumentNullException>(() => new Residual(null!),
            "Residual: body must be given, but it is null. Make the module before what uses it: fields are null until the constructor has set them. (Parameter 'body')"),
        Row<ArgumentNullException>(() => new Lambda(null!),
            "Lambda: function must be given, but it is null. Pass a function: x => …. (Parameter 'function')"),
        Row<ArgumentNullException>(() => Load(new Linear(2, 2), null!),
            "Load: path must be given, but it is null. Pass the path of a file, such as model.safetensors. (Parameter 'path')"),
        Row<ArgumentException>(() => Load(new Linear(2, 2), ""),
            "Load: path must not be empty. Pass the path of a file, such as model.safetensors. (Parameter 'path')"),
        Row<ArgumentNullException>(() => Init.Normal(null!),
            "Init.Normal: tensor must be given, but it is null. Is it a Grad? That is null until Backward has reached its tensor. (Parameter 'tensor')"),
        Row<ArgumentNullException>(() => Transform.Compose(Transform.RandomFlip(), null!),
            "Transform.Compose: all transforms must be given, but number 1 of 2 is null. Make one, such as Transform.RandomFlip(). (Parameter 'transforms')"),
        Row<ArgumentNullException>(() => Dataset.OfSequences([S(2), null!], I(0, 1)),
            "Dataset.OfSequences: all inputs must be given, but number 1 of 2 is null. Is it a Grad? That is null until Backward has reached its tensor. (Parameter 'inputs')"),

        // ---- Optimizers.
        Row<ArgumentOutOfRangeException>(() => new Sgd([G(2)], -1),
            "Sgd: learningRate must be 0 or more, but it is -1. Pass a small number, such as 0.001; to climb, set ParameterGroup.Maximize. (Parameter 'learningRate')\nActual value was -1."),
        Row<ArgumentOutOfRangeException>(() => new Adam([G(2)], beta1: 1),
            "Adam: beta1 must be in [0, 1), but it is 1. Pass 0.9 to remember about ten steps, 0 for none. (Parameter 'beta1')\nActual value was 1."),
        Row<ArgumentOutOfRangeException>(() => new Adam([G(2)], epsilon: -1),
            "Adam: epsilon must be 0 or more, but it is -1. Leave it out, or pass a small number, such as 1e-8. (Parameter 'epsilon')\nActual value was -1."),
        Row<ArgumentOutOfRangeException>(() => new Adam([G(2)], weightDecay: double.NaN),
            "Adam: weightDecay must be 0 or more, but it is NaN. Pass 0 for none. (Parameter 'weightDecay')\nActual value was NaN."),
        Row<ArgumentOutOfRangeException>(() => new Rprop([G(2)], grow: 1),
            "Rprop: grow must be above 1, but it is 1. Pass 1.2, or leave it out. (Parameter 'grow')\nActual value was 1."),
        Row<ArgumentOutOfRangeException>(() => new Rprop([G(2)], least: 2, greatest: 1),
            "Rprop: greatest must be the least size or more, but it is 1. Pass 2 or more, or a lower least size. (Parameter 'greatest')\nActual value was 1."),
        Row<ArgumentOutOfRangeException>(() => new Rprop([G(2)], shrink: 1),
            "Rprop: shrink must be in [0, 1), but it is 1. Pass 0.5 to halve a step. (Parameter 'shrink')\nActual value was 1."),
        Row<ArgumentException>(() => new Sgd([G(2)], 0.1, momentum: 0.9, dampening: 0.5, nesterov: true),
            "Sgd: Nesterov's form needs a momentum above 0 and no dampening, but momentum is 0.9 and dampening 0.5. Pass momentum: 0.9, dampening: 0, or leave nesterov out."),
        Row<ArgumentException>(() => new Sgd(Array.Empty<Tensor>(), 0.1),
            "Sgd: at least one parameter is needed, but the list is empty. Does the model hold its layers in fields or properties?"),
        Row<GraphException>(() => new Sgd([G(2) * 2], 0.1),
            "Sgd: parameters must be leaves, but parameter 0 of shape [2] is the result of Multiply. Pass the tensor it was computed from."),
        Row<GraphException>(() => new Sgd([F(2)], 0.1),
            "Sgd: parameters must require gradients, but parameter 0, Float64 [2], does not. Set RequiresGrad first."),
        Row<ShapeException>(() => new Sgd([Strided()], 0.1),
            "Sgd: parameters must be dense in memory, but parameter 0 of shape [3, 2] is a strided view. Use a Clone() of it."),
        Row<ArgumentException>(() => new Sgd(Twice(), 0.1),
            "Sgd: a parameter must be given once, but parameter 1 of shape [2] was given before and would be stepped twice. Pass each once, such as by parameters.Distinct()."),
        Row<ArgumentNullException>(() => new Sgd([G(2), null!], 0.1),
            "ParameterGroup: all parameters must be given, but number 1 of 2 is null. Is it a Grad? That is null until Backward has reached its tensor. (Parameter 'parameters')"),
        Row<ArgumentNullException>(() => new Sgd([new ParameterGroup([G(2)]), null!], 0.1),
            "Sgd: all groups must be given, but number 1 of 2 is null. Make one of a module's parameters: new ParameterGroup(module.Parameters). (Parameter 'groups')"),
        Row<ArgumentNullException>(() => new ParameterGroup(null!),
            "ParameterGroup: parameters must be given, but it is null. Pass a module's Parameters. (Parameter 'parameters')"),
        Row<ArgumentOutOfRangeException>(() => new Lbfgs([G(2)], learningRate: 0),
            "Lbfgs: learningRate must be above 0, but it is 0. Pass 1, the step of Newton's method. (Parameter 'learningRate')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Lbfgs([G(2)], iterations: 0),
            "Lbfgs: iterations must be 1 or more, but it is 0. Pass 1 for a single step a call. (Parameter 'iterations')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => new Lbfgs([G(2)], history: 0),
            "Lbfgs: history must be 1 or more, but it is 0. Pass 1 to remember the last change alone. (Parameter 'history')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => ClipGradients.ByNorm([G(2)], -1),
            "ClipGradients.ByNorm: limit must be 0 or more, but it is -1. Pass 1, or 0 to make all gradients 0. (Parameter 'limit')\nActual value was -1."),
        Row<ArgumentOutOfRangeException>(() => ClipGradients.ByNorm([G(2)], 1, p: 0),
            "ClipGradients.ByNorm: p must be above 0, but it is 0. Leave it out for the Euclidean norm. (Parameter 'p')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Clip([G(2)], -1),
            "ClipGradients.ByValue: limit must be 0 or more, but it is -1. Pass 1, or 0 to make all gradients 0. (Parameter 'limit')\nActual value was -1."),
        Row<ArgumentOutOfRangeException>(() => Schedule.Stairs(0),
            "Schedule.Stairs: every must be 1 or more, but it is 0. Pass the steps between two stairs, such as those of an epoch. (Parameter 'every')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Schedule.Linear(0),
            "Schedule.Linear: steps must be 1 or more, but it is 0. Pass the steps of the whole training, epochs · batches.Count. (Parameter 'steps')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Schedule.Polynomial(0),
            "Schedule.Polynomial: steps must be 1 or more, but it is 0. Pass the steps of the whole training, epochs · batches.Count. (Parameter 'steps')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Schedule.Cosine(0),
            "Schedule.Cosine: steps must be 1 or more, but it is 0. Pass the steps of the whole training, epochs · batches.Count. (Parameter 'steps')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Schedule.CosineRestarts(0),
            "Schedule.CosineRestarts: first must be 1 or more, but it is 0. Pass the steps of the first cosine, such as those of an epoch. (Parameter 'first')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Schedule.CosineRestarts(1, growth: 0),
            "Schedule.CosineRestarts: growth must be 1 or more, but it is 0. Leave it out for cosines of one length. (Parameter 'growth')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Schedule.OneCycle(1, 1),
            "Schedule.OneCycle: steps must be 2 or more, but it is 1. Pass the steps of the whole training, epochs · batches.Count. (Parameter 'steps')\nActual value was 1."),
        Row<ArgumentOutOfRangeException>(() => Schedule.OneCycleMomentum(1),
            "Schedule.OneCycleMomentum: steps must be 2 or more, but it is 1. Pass the steps of the whole training, epochs · batches.Count. (Parameter 'steps')\nActual value was 1."),
        Row<ArgumentOutOfRangeException>(() => Schedule.Cyclic(0, 1, up: 0),
            "Schedule.Cyclic: up must be 1 or more, but it is 0. Pass half of the steps of a cycle. (Parameter 'up')\nActual value was 0."),
        Row<ArgumentOutOfRangeException>(() => Schedule.Cyclic(0, 1, down: 0),
            "Schedule.Cyclic: down must be 1 or more, but it is 0. Leave it out for as many as up. (Parameter 'down')\nActual value was 0."),
        Row<ArgumentNullException>(() => Schedule.Constant().With(null!),
            "Schedule.With: other must be given, but it is null. Make one, such as Schedule.Cosine(steps). (Parameter 'other')"),
        Row<ArgumentNullException>(() => new Scheduler(null!, Schedule.Constant()),
            "Scheduler: optimizer must be given, but it is null. Make one, such as new Adam(model.Parameters). (Parameter 'optimizer')"),
        Row<ArgumentNullException>(() => new Scheduler(new Sgd([G(2)], 0.1), null!),
            "Scheduler: schedule must be given, but it is null. Make one, such as Schedule.Cosine(steps). (Parameter 'schedule')"),
    ];

    [TestCaseSource(nameof(Rows))]
    public void AMistake_IsToldInASentence(Func<object> call, Type type, string message) => Check(call, type, message);
}
