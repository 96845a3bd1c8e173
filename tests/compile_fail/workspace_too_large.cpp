// SPDX-License-Identifier: BSL-1.0
// A hundred million samples of 64 numbers at once.
// expect-error: give the model a smaller sinter::rows<N>
// expect-error: program_too_large
// expect-error: 6400000000
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct net : nn::sequential<nn::input<64>, nn::linear<2>> {};

#ifdef EXPECT_FAILURE
using capacity = sinter::rows<100000000>;
#else
using capacity = sinter::rows<1000000>;
#endif

int bytes() { return static_cast<int>(sizeof(sinter::inference<net, float, capacity>::workspace_type)); }
sinter::inference<net, float, capacity>::workspace_type use;
