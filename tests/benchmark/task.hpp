// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The task that sinter and its peers share, and what a peer offers: 784-128-10, cross entropy, Adam or SGD.
///
/// All start from the same weights and see the same bytes in the same order. Nothing here includes sinter, so that a
/// peer's unit compiles alone; each registers itself when its unit is linked in.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace benchmark {

inline constexpr int pixels = 784, hidden = 128, classes = 10;

/// Five products: forward 784x128 and 128x10, their two weight gradients, and the gradient of the hidden layer.
inline constexpr double flops_per_sample = 2.0 * (2 * pixels * hidden + 3 * hidden * classes);
inline constexpr double inference_flops_per_sample = 2.0 * (pixels * hidden + hidden * classes);
inline constexpr std::size_t weight_count = pixels * hidden + hidden + hidden * classes + classes;

/// The products of the suite `matmul`: rows, columns, depth.
struct product_shape {
    int rows, columns, depth;
    constexpr bool operator==(const product_shape&) const = default;
};
inline constexpr product_shape product_shapes[] = {{64, 128, 784}, {256, 512, 512}, {1024, 1024, 1024},
                                                   {17, 33, 7},    {1, 10, 128},    {100, 50, 1}};

/// A row of the suite `reduce`: what is done, and the extents of x, row major; of what it has fewer, the first are 1.
/// sum, max, softmax and moments (means, then variances) with the axis behind the name; channels, over all axes but the
/// last; channels_each, the same for each index of the first; maxpool2, meanpool2 of windows side by side, maxpool3
/// with stride 2, over axes 1 and 2; maxpool2slope, what flows back through maxpool2 out of d.
struct reduction {
    std::string name;
    int extent[4] = {1, 1, 1, 1};

    bool is_pool() const { return name.find("pool") != std::string::npos; }
    int axis() const { return name.back() - '0'; }
    int window() const { return name.find('3') != std::string::npos ? 3 : 2; }
    int positions(int of) const { return (extent[of] - window()) / 2 + 1; }
};

/// A convolution of the suite `conv`, with as many zeros at both ends as `padding` says: of samples (extent, extent,
/// channels) by filters (kernel, kernel, channels / groups, filters), or of one axis.
struct convolution_case {
    int axes, extent, kernel, stride, padding, dilation, groups, channels, filters;

    constexpr int out() const { return (extent + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1; }
    constexpr int read() const { return channels / groups; }  ///< channels that a filter sees
    constexpr int rows() const { return axes == 2 ? extent : 1; }
    constexpr int out_rows() const { return axes == 2 ? out() : 1; }
    constexpr int kernel_rows() const { return axes == 2 ? kernel : 1; }
    constexpr std::size_t sample_size() const { return size(rows(), extent, channels); }
    constexpr std::size_t result_size() const { return size(out_rows(), out(), filters); }
    constexpr std::size_t filter_size() const { return size(kernel_rows() * kernel, read(), filters); }
    /// Of one sample, in each direction, without the products with zeros of the margin.
    constexpr double flops() const { return 2.0 * (axes == 2 ? places() : 1) * places() * read() * filters; }

private:
    /// Places of all windows along an axis that lie in the sample.
    constexpr int places() const {
        int count = 0;
        for (int o = 0; o < out(); ++o)
            for (int k = 0; k < kernel; ++k) {
                const int at = o * stride - padding + k * dilation;
                count += at >= 0 && at < extent ? 1 : 0;
            }
        return count;
    }
    static constexpr std::size_t size(int a, int b, int c) {
        return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c);
    }
};
/// y = forward(x, w); or what d, which is like y, gives back: by data, like x; by filter, like w.
enum class direction { forward, data, filter };
struct convolution_task {
    convolution_case of;
    direction to;
    int samples;
    const float *x, *w, *d;
    float* y;
};
/// Products of `count` pairs of matrices, one behind the other: a (rows, depth) times b (depth, columns), or its
/// transpose (columns, depth).
struct batch_case {
    int count, rows, columns, depth;
    bool transposed;
};
/// What is timed, and what puts its result to y, in the order of the task.
struct job_with_result {
    std::function<void()> run, fetch = [] {};
};

enum class rule { sgd, adam };

struct hyper_parameters {
    float rate, beta1 = 0.9F, beta2 = 0.999F, epsilon = 1e-8F;
};
inline constexpr hyper_parameters adam_parameters{1e-3F}, sgd_parameters{1e-2F};

struct task {
    std::vector<std::uint8_t> bytes, labels;  ///< samples of 784 bytes, to be multiplied by `scale`; a label each
    /// Weights are (inputs, outputs), row major.
    std::vector<float> weight1, bias1, weight2, bias2;
    static constexpr float scale = 1.0F / 255;
};

/// The slack of dlib and Keras, whose Adam adds epsilon before the correction of the moments, as the paper's last
/// remark has it: 1.6e-3 in the loss after twenty steps.
inline constexpr double other_epsilon = 50;

/// Numbers of samples of the task.
using minibatch = std::span<const std::uint32_t>;

/// A network in training. `step` gathers the samples from bytes and returns the mean loss before the update.
struct training {
    virtual ~training() = default;
    virtual double step(minibatch samples) = 0;
};

/// The networks of images.hpp, and where their parameters start: in the order of layers, weight and bias, in PyTorch's
/// orders, (filters, channels, height, width) and (outputs, inputs).
enum class image_network { lenet, two_convolutions, two_with_margins };
using parameters_of_images = std::vector<std::vector<float>>;

/// A trained network: (count, 784) → (count, 10).
struct classifier {
    virtual ~classifier() = default;
    virtual const float* outputs(const float* inputs) = 0;
};

struct peer {
    std::string who, version;
    double slack = 1;  ///< the tolerances by which its losses may differ
    std::unique_ptr<training> (*train)(const task&, rule, int minibatch) = nullptr;
    std::unique_ptr<classifier> (*infer)(const task&, int count) = nullptr;
    /// With Adam, by minibatches of 64.
    std::unique_ptr<training> (*train_images)(const task&, image_network, const parameters_of_images&) = nullptr;
    /// c = a b, row major.
    std::function<void()> (*product)(const float* a, const float* b, float* c, product_shape) = nullptr;
    /// y = f(x) of `count` elements; f is a name of the suite `math`, or "chain". Empty if not offered.
    std::function<void()> (*elementwise)(const std::string& f, const float* x, float* y, std::size_t count) = nullptr;
    /// Results one behind the other to y; d is what flows back into a pool. Empty if not offered.
    std::function<void()> (*reduce)(const reduction&, const float* x, const float* d, float* y) = nullptr;
    /// Ways to do it, of which the fastest counts; empty if not offered.
    std::vector<job_with_result> (*convolve)(const convolution_task&) = nullptr;
    std::function<void()> (*batch)(const batch_case&, const float* a, const float* b, float* y) = nullptr;
};

inline std::vector<peer>& peers() {
    static std::vector<peer> all;
    return all;
}
struct registration {
    explicit registration(peer one) { peers().push_back(std::move(one)); }
};

}  // namespace benchmark
