// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Why a loss is not finite, and the weights to go back to.
///
/// In: a trainer, the data, and the samples of the step whose loss went wrong. Out: an error that names the step, the
/// epoch, and a value of the data or a parameter that is not finite. Nothing is looked at before that but each
/// minibatch's loss and, where fit begins and ends, the weights.

#include <sinter/config.hpp>
#include <sinter/data/columns.hpp>
#include <sinter/data/convert.hpp>
#include <sinter/data/dataset.hpp>
#include <sinter/meta/finite.hpp>
#include <sinter/train/model.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sinter::detail {

/// The name of the first parameter that is not finite; empty if there is none.
template <class Net, class Scalar>
SINTER_COLD std::string first_not_finite(const Scalar* weights) {
    for (const auto& parameter : parameters_in<Net>(weights)) {
        const auto values = parameter.values();
        if (!meta::all_finite(values.data(), values.size())) return parameter.name();
    }
    return {};
}

/// Where the arena has no number that is not finite there is no such parameter; padding may hold anything.
template <class Net, class Trainer>
bool weights_are_finite(const Trainer& trainer) {
    return meta::all_finite(trainer.weights(), static_cast<std::size_t>(Trainer::parameter_elements)) ||
           first_not_finite<Net>(trainer.weights()).empty();
}

/// Says which value of a sample is not finite for a network that computes in Scalar; empty if none is.
template <class Scalar, class Input, class Target>
SINTER_COLD std::string not_finite_in(const dataset<Input, Target>& data, std::size_t sample) {
    std::vector<Scalar> converted(data.sample_size);
    convert_scaled(data.inputs.data() + sample * data.sample_size, converted.data(), data.sample_size,
                   static_cast<Scalar>(data.scale));
    for (std::size_t i = 0; i < data.sample_size; ++i)
        if (!meta::is_finite(converted[i])) return words("value ", i, " of sample ", sample);
    if constexpr (!dataset<Input, Target>::has_labels) {
        converted.resize(data.target_size);
        convert_scaled(data.targets.data() + sample * data.target_size, converted.data(), data.target_size, Scalar(1));
        for (std::size_t i = 0; i < data.target_size; ++i)
            if (!meta::is_finite(converted[i])) return words("value ", i, " of the target of sample ", sample);
    }
    return {};
}

template <class Scalar, class... Input, class... Target>
SINTER_COLD std::string not_finite_in(const dataset<columns<Input...>, columns<Target...>>& data, std::size_t sample) {
    std::string found;
    const auto look = [&](const auto& column, int number, const char* list) {
        if (!found.empty()) return;
        std::vector<Scalar> converted(column.size);
        convert_scaled(column.values.data() + sample * column.size, converted.data(), column.size,
                       static_cast<Scalar>(column.scale));
        for (std::size_t i = 0; i < column.size; ++i)
            if (found.empty() && !meta::is_finite(converted[i]))
                found = words("value ", i, " of ", list, " ", number, " of sample ", sample);
    };
    data.inputs.for_each([&](const auto& column, int number) { look(column, number, "input"); });
    data.targets.for_each([&](const auto& column, int number) { look(column, number, "target"); });
    return found;
}

/// The error that begins with `what` and says what can be known of the cause: a value of the samples that were read
/// last, the first parameter, or neither.
template <class Net, class Scalar, class Data, class Samples>
SINTER_COLD error not_finite(const Scalar* weights, const Data& data, const Samples& last, const std::string& what) {
    for (const auto sample : last)
        if (const std::string value = not_finite_in<Scalar>(data, sample); !value.empty())
            return {error_code::not_finite, words(what, ": ", value,
                                                  " is infinite or NaN, as converted and scaled; mend such samples, or "
                                                  "leave them out")};
    const std::string name = first_not_finite<Net>(weights);
    if (name.empty())
        return {error_code::not_finite,
                words(what,
                      ", though samples and weights are finite; does the loss divide by 0, take the logarithm of "
                      "0, or exceed the largest number, as a lower learning rate would avoid?")};
    for (std::size_t sample = 0; sample < data.size(); ++sample)
        if (const std::string value = not_finite_in<Scalar>(data, sample); !value.empty())
            return {error_code::not_finite,
                    words(what, ": parameter `", name, "` is infinite or NaN, and so is ", value,
                          ", as converted and scaled; mend such samples, or leave them out")};
    return {error_code::not_finite, words(what, ": the first parameter that is infinite or NaN is `", name,
                                          "`; start from other weights, lower the learning rate, or scale the data")};
}

/// The weights to go back to, if anyone asked to keep them: those at the end of the last epoch that were finite and had
/// a finite loss afterwards, else those it began with.
template <class Net, class Scalar, class Trainer>
class last_finite_weights {
public:
    last_finite_weights(Trainer& trainer, bool wanted) : trainer_(trainer), wanted_(wanted) {
        keep();
        confirm();
    }

    /// Takes the weights as they are, until confirm() only to see.
    void keep() {
        unconfirmed_ = wanted_ && weights_are_finite<Net>(trainer_);
        const Scalar* const now = trainer_.weights();
        if (unconfirmed_) next_.assign(now, now + Trainer::parameter_elements);
    }
    void confirm() {
        if (unconfirmed_) weights_.swap(next_);
        unconfirmed_ = false;
    }
    /// Puts them back, and forgets the rule's state, which followed from what came after them.
    void put_back() {
        if (!wanted_) return;
        if (!weights_.empty()) trainer_.assign_weights(weights_.data());
        trainer_.reset();
    }

private:
    Trainer& trainer_;
    bool wanted_, unconfirmed_ = false;
    std::vector<Scalar> weights_, next_;
};

}  // namespace sinter::detail
