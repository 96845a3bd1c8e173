// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network whose kernels are compiled in one file: what all other files see of it.
///
/// `struct disc; using disc_classifier = sinter::compiled<disc>;` in a header names one; the file that includes
/// <sinter/train/compile.hpp> says what it is and compiles it. Calls are direct: the linker joins them. This header
/// includes no other of sinter's and takes 0.02 s; since it holds no kernel, files that see it may be compiled with any
/// flags, -O0 included.

#include <cstdint>

namespace sinter {

template <class Value>
class result;

/// Name tells networks apart. Scalar is what the network computes in; Target std::int32_t for class labels, Scalar for
/// dense targets. Pointers are to dense rows of as many samples as `count` says, which nothing can check; null
/// pointers, counts out of range and labels that are no class raise sinter::failure. An object serves one thread at a
/// time.
template <class Name, class Scalar = float, class Target = std::int32_t>
class compiled {
public:
    /// A model with the weights of a seed, and its trainer.
    explicit compiled(std::uint64_t seed = 0);
    compiled(const compiled&) = delete;
    compiled& operator=(const compiled&) = delete;
    ~compiled();

    static int input_size();
    static int output_size();
    /// Samples of a step or a forward at once, at most.
    static int capacity();

    /// Trains on `count` samples; gives the mean loss before the step.
    double step(const Scalar* inputs, const Target* targets, int count);
    /// The mean loss of `count` samples.
    double forward(const Scalar* inputs, const Target* targets, int count);
    /// The network's outputs for any number of samples, sample after sample, not over the inputs. Allocates in the
    /// first call alone, and copies no weights.
    void predict(const Scalar* inputs, int count, Scalar* outputs);

    /// The weights to and from a safetensors file, by save_weights and load_weights: a failure changes nothing and says
    /// why. Who calls them includes <sinter/meta/result.hpp>.
    result<void> save(const char* path) const;
    result<void> load(const char* path);

private:
    struct state;
    state* self_;
};

/// What the lists of a network with several inputs or targets hold: `Scalar`, or std::int32_t for labels and integers.
template <class... Element>
struct elements {};
template <class Inputs, class Targets>
struct lists_of;

/// The same of such a network: `compiled<heads, float, lists_of<elements<float>, elements<std::int32_t, float>>>`.
/// A call takes a pointer for each input, then one for each target.
template <class Name, class Scalar, class... Input, class... Target>
class compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>> {
public:
    explicit compiled(std::uint64_t seed = 0);
    compiled(const compiled&) = delete;
    compiled& operator=(const compiled&) = delete;
    ~compiled();

    /// Values a sample; 0 where there is no such input or output.
    static int input_size(int input);
    static int output_size(int output);
    static int output_count();
    static int capacity();

    double step(const Input*... inputs, const Target*... targets, int count);
    double forward(const Input*... inputs, const Target*... targets, int count);
    /// Output k of all samples goes to outputs[k], which has room for them.
    void predict(const Input*... inputs, int count, Scalar* const* outputs);

    result<void> save(const char* path) const;
    result<void> load(const char* path);

private:
    struct state;
    state* self_;
};

}  // namespace sinter
