// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The hand-written loop's door: a model, a loss and an update rule, step by step.
///
/// `trainer t{net, cross_entropy{}, adam{}, labels{}}; for (…) loss = t.step(inputs, targets, rows);`
/// One step is one program: forward, gradient, update, fused. The three-call form `forward`, `backward`, `update` runs
/// the gradient program in two parts and the rule alone; it gives the same bits. `accumulate` adds a chunk's gradients,
/// for minibatches above the capacity. Each program has buffers of its own, allocated when it is first called or asked
/// for; they stay where they are until the trainer dies, also where it is moved. While a program runs, denormals are
/// zero; the processor's mode is restored after it. Only the programs that are called are compiled. A fifth argument is
/// a team of threads (program/team.hpp), which outlives the trainer; the bits are the same.
///
/// A trainer knows of a pass, the activations of the last forward, and of gradients, which backward and accumulate
/// make. Calls in any order are right or raise bad_argument:
///
///     call            needs      pass after it  gradients after it                 weights
///     step                       none           stay                               change
///     forward                    its own        stay
///     backward        a pass     none           those of the pass
///     accumulate                 stays          added, to zeros if there are none
///     zero_gradients             stays          none
///     update          gradients  none           none                               change
///     reset                      stays          stay
///
/// Where the model is assigned to, initialised or changed by another trainer, there is no pass either.
///
/// Of a network with several inputs or targets, `trainer t{net, losses<…>{}, adam{}, targets<…>{}}`, the calls take a
/// range for each, `t.step(images, sizes, classes, angles)`, and buffers have numbers (train/list_buffers.hpp).

#include <sinter/train/trainer_programs.hpp>

#include <algorithm>
#include <span>
#include <type_traits>

namespace sinter {

inline namespace SINTER_INSTRUCTION_SET {

template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Threads = no_team>
class trainer : public detail::trainer_programs<Net, Loss, Rule, Target, Scalar, Rows, Threads> {
    using base = detail::trainer_programs<Net, Loss, Rule, Target, Scalar, Rows, Threads>;
    using base::link_, base::memory_, base::gradients, base::set_mean, base::samples_of;
    using typename base::gradient_plan, typename base::accumulate_plan, typename base::step_plan,
        typename base::update_plan, typename base::half;

public:
    using base::capacity, base::parameter_elements, base::weights;
    using typename base::lists, typename base::stored_target;

    /// Trains the weights of `net`, also where that is moved; raises bad_argument if they were moved from it.
    trainer(model<Net, Scalar, Rows>& net, Loss, Rule rule, Target = {}, Threads threads = {})
        : base{net.link(), threads}, rule_{rule} {
        reset();
    }
    trainer(const model<Net, Scalar, Rows>& net, Loss loss, Rule rule, Target target = {}, Threads threads = {})
        : trainer(const_cast<model<Net, Scalar, Rows>&>(net), loss, rule, target, static_cast<Threads&&>(threads)) {
        static_assert(sizeof(Net) == 0,
                      "trainer: the first argument is a model that has a name, is not const and outlives "
                      "the trainer, which changes its weights");
    }
    /// A trainer is not copied: a second one for a model begins with a state of its own. One that was moved from raises
    /// bad_argument.
    trainer(const trainer&) = delete;
    trainer(trainer&&) = default;

    /// Forgets the rule's state, its count of steps and that of epochs. *Raises* what the rule has against its numbers,
    /// and bad_argument if it writes other scalars than it has.
    void reset() {
        (void)weights();
        detail::check_rule(rule_);
        detail::check_scalars(rule_);
        memory_.state = aligned_buffer<Scalar>(static_cast<std::size_t>(parameter_elements) *
                                               static_cast<std::size_t>(Rule::state_count));
        step_ = epochs_ = 0;
    }
    Rule& rule() { return rule_; }
    long long steps() const { return step_; }
    /// Epochs that fit has ended since the start: the order of the next one follows from their number. A loop of one's
    /// own may count its epochs, too, by end_epoch().
    long long epochs() const { return epochs_; }
    void end_epoch() { ++epochs_; }

    // ---- one call a minibatch
    //
    // Each takes dense rows of inputs and targets: pointers to `count` samples, or spans, whose samples it counts.
    // *Raises* bad_argument for fewer than one sample, more than the capacity, or a label that is no class, and
    // shape_mismatch for spans that are no whole samples; then no weight, gradient or count of steps was changed.

    /// Trains on `count` samples; gives the mean loss before the step.
    double step(const Scalar* inputs, const stored_target* targets, int count)
        requires(!lists::by_number)
    {
        base::template copy_in<step_plan>(inputs, targets, count);
        return step_on_buffers(count);
    }
    double step(std::span<const Scalar> inputs, std::span<const stored_target> targets)
        requires(!lists::by_number)
    {
        return step(inputs.data(), targets.data(), samples_of(inputs, targets));
    }
    /// The same of a network with several inputs or targets: ranges of inputs, then of targets.
    template <class... List>
        requires lists::by_number
    double step(const List&... given) {
        return step_on_buffers(detail::copy_lists(base::template buffers_of<step_plan>(), capacity, given...));
    }
    /// The same on what stands in the buffers of step_buffers().
    double step_on_buffers(int count) {
        base::template check_buffers<step_plan>(count, count);
        const arenas<Scalar> storage = base::template arenas_of<step_plan>(nullptr);
        next_step(count);
        base::template run<step_plan>(storage, count);
        return base::template loss_of<step_plan>();
    }

    // ---- forward, backward, update

    /// The mean loss of `count` samples. Changes no weight and no gradient.
    double forward(const Scalar* inputs, const stored_target* targets, int count)
        requires(!lists::by_number)
    {
        base::template copy_in<gradient_plan>(inputs, targets, count);
        return forward_on_buffers(count, count);
    }
    double forward(std::span<const Scalar> inputs, std::span<const stored_target> targets)
        requires(!lists::by_number)
    {
        return forward(inputs.data(), targets.data(), samples_of(inputs, targets));
    }
    template <class... List>
        requires lists::by_number
    double forward(const List&... given) {
        const int count = detail::copy_lists(base::template buffers_of<gradient_plan>(), capacity, given...);
        return forward_on_buffers(count, count);
    }
    /// The part of `count` samples, those in forward_buffers(), in the mean loss over `mean_over`.
    double forward_on_buffers(int count, int mean_over) {
        pass_rows_ = 0;  // the samples are others, even where they are refused
        base::template check_buffers<gradient_plan>(count, mean_over);
        const arenas<Scalar> storage =
            base::template arenas_of<gradient_plan>(memory_.window(half::value.first, half::value.last));
        set_mean(mean_over);
        base::template run<gradient_plan, 0, half::calls>(storage, count);
        pass_rows_ = count;
        pass_mean_over_ = mean_over;
        pass_changes_ = link_.changes();
        return base::template loss_of<gradient_plan>();
    }
    /// *Raises* bad_argument if nothing went forward since the last backward, or weights changed since.
    void backward() {
        if (pass_rows_ == 0)
            raise(error_code::bad_argument, "backward: expected a call of forward before it, one for each backward");
        if (pass_changes_ != link_.changes())
            raise(error_code::bad_argument,
                  "backward: expected the weights that forward read, found that they changed "
                  "since; call forward again");
        const arenas<Scalar> storage = base::template arenas_of<gradient_plan>(gradients());
        base::take_early_gradients();
        set_mean(pass_mean_over_);
        base::template run<gradient_plan, half::calls>(storage, pass_rows_);
        pass_rows_ = 0;
        state_ = gradient_state::some;
    }
    /// *Raises* bad_argument if there are no gradients, or the last update used them.
    void update() {
        if (state_ != gradient_state::some)
            raise(error_code::bad_argument,
                  "update: expected gradients, of forward and backward or of accumulate, "
                  "found none since the last update");
        const arenas<Scalar> storage = base::template arenas_of<update_plan>(gradients());
        next_step(1);
        state_ = gradient_state::none;
        base::template run<update_plan>(storage, 1);
    }

    // ---- minibatches above the capacity: accumulate…, update

    /// Forgets gradients that no update used.
    void zero_gradients() {
        std::fill_n(gradients(), parameter_elements, Scalar(0));
        state_ = gradient_state::zero;
    }
    /// Adds the gradients of `count` of `mean_over` samples, those in accumulate_buffers(); gives the part of the mean
    /// loss that is theirs. The first call after an update begins with zeros.
    double accumulate_on_buffers(int count, int mean_over) {
        base::template check_buffers<accumulate_plan>(count, mean_over);
        const arenas<Scalar> storage = base::template arenas_of<accumulate_plan>(gradients());
        if (state_ == gradient_state::none) zero_gradients();
        set_mean(mean_over);
        state_ = gradient_state::some;
        base::template run<accumulate_plan>(storage, count);
        return base::template loss_of<accumulate_plan>();
    }
    double accumulate(const Scalar* inputs, const stored_target* targets, int count, int mean_over)
        requires(!lists::by_number)
    {
        base::template copy_in<accumulate_plan>(inputs, targets, count);
        return accumulate_on_buffers(count, mean_over);
    }
    double accumulate(std::span<const Scalar> inputs, std::span<const stored_target> targets, int mean_over)
        requires(!lists::by_number)
    {
        return accumulate(inputs.data(), targets.data(), samples_of(inputs, targets), mean_over);
    }
    /// Of several inputs or targets the mean's samples come first: accumulate(mean_over, inputs…, targets…).
    template <class... List>
        requires lists::by_number
    double accumulate(int mean_over, const List&... given) {
        return accumulate_on_buffers(
            detail::copy_lists(base::template buffers_of<accumulate_plan>(), capacity, given...), mean_over);
    }

    /// The gradients after backward() or accumulate(), by name, in the parameters' logical shapes; update() leaves them
    /// to be read. Valid until the trainer dies: one call before a loop is enough.
    std::vector<parameter_view<Scalar>> gradient_views() { return parameters_in<Net>(gradients()); }

    // ---- buffers of one of the programs, to gather a minibatch in place and to read the network's output
    //
    // They have `capacity` rows and are valid until the trainer dies. Inputs in forward_buffers() stay as they are
    // until backward.

    auto step_buffers() { return base::template buffers_of<step_plan>(); }
    auto forward_buffers() { return base::template buffers_of<gradient_plan>(); }
    auto accumulate_buffers() { return base::template buffers_of<accumulate_plan>(); }

private:
    enum class gradient_state : unsigned char { none, zero, some };  // none: used, or never made
    void next_step(int count) {
        link_.changed();
        set_mean(count);
        double now[Rule::scalar_count + 1];
        rule_.scalars(++step_, now);
        for (int i = 0; i < Rule::scalar_count; ++i)
            memory_.scalar(first_rule_scalar + i) = static_cast<Scalar>(now[i]);
    }

    Rule rule_;
    long long step_ = 0, epochs_ = 0, pass_changes_ = 0;
    int pass_rows_ = 0, pass_mean_over_ = 1;  // of the last forward; no rows: there is no pass
    gradient_state state_ = gradient_state::none;
};

template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Team>
trainer(model<Net, Scalar, Rows>&, Loss, Rule, Target, Team&) -> trainer<Net, Loss, Rule, Target, Scalar, Rows, Team&>;
template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Team>
trainer(const model<Net, Scalar, Rows>&, Loss, Rule, Target, Team&)
    -> trainer<Net, Loss, Rule, Target, Scalar, Rows, Team&>;

template <class Net, class Loss, class Rule, class Scalar, class Rows>
trainer(model<Net, Scalar, Rows>&, Loss, Rule) -> trainer<Net, Loss, Rule, detail::no_targets, Scalar, Rows>;

template <class Net, class Target, class Scalar, class Rows, class Threads>
using trainer_of_any = trainer<Net, detail::any_loss, detail::any_rule,
                               std::conditional_t<target_types<Target>, Target, labels>, Scalar, Rows, Threads>;
/// Refused: a loss, a rule or targets that are none. One error, and then a trainer of others, so that nothing follows.
template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Threads>
    requires(!(loss_type<Loss> && update_rule<Rule> && target_types<Target>))
class trainer<Net, Loss, Rule, Target, Scalar, Rows, Threads>
    : public trainer_of_any<Net, Target, Scalar, Rows, Threads> {
    static_assert(detail::require_types<Loss, Rule, Target>());
    using accepted = trainer_of_any<Net, Target, Scalar, Rows, Threads>;

public:
    trainer(model<Net, Scalar, Rows>& net, Loss, Rule, Target = {}, Threads&& threads = Threads{})
        : accepted{net, {}, {}, {}, static_cast<Threads&&>(threads)} {}
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter
