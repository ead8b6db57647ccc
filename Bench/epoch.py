"""LeNet-5 on MNIST in PyTorch: prints the images a second of a whole training, as `Autograd.Examples mnist --model lenet5-relu` does.

    epoch.py FOLDER EPOCHS THREADS
"""
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

folder, epochs, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(1)


def idx(name, offset):
    import gzip, os

    path = os.path.join(folder, name)
    data = open(path, "rb").read() if os.path.exists(path) else gzip.open(path + ".gz").read()
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8, offset=offset).copy())


labels = idx("train-labels-idx1-ubyte", 8).long()
images = ((idx("train-images-idx3-ubyte", 16).float() / 255 - 0.1307) / 0.3081).view(-1, 1, 28, 28)
model = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
)  # fmt: skip
adam = torch.optim.Adam(model.parameters())
schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: 1 - step / (epochs * ((len(labels) + 63) // 64)))

start = time.perf_counter()
right = 0
for _ in range(epochs):
    for batch in torch.randperm(len(labels)).split(64):
        adam.zero_grad(set_to_none=True)
        scores = model(images[batch])
        loss = F.cross_entropy(scores, labels[batch])
        loss.backward()
        adam.step()
        schedule.step()
        right += (scores.argmax(1) == labels[batch]).sum().item()  # the accuracy that the other side counts too
seconds = time.perf_counter() - start
print(f"trained after {epochs * len(labels):,} images in {seconds:.1f} s: {epochs * len(labels) / seconds:,.0f} images/s")
