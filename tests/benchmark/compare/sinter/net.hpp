// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <sinter/nn.hpp>
namespace nn = sinter::nn;
struct net : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};
