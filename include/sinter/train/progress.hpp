// SPDX-License-Identifier: BSL-1.0
#pragma once

/// One line an epoch: redrawn in place on a terminal while the epoch runs, written once when it is over elsewhere.
///
/// In: the state after any step, as often as one likes, and the record of a finished epoch. Out: text on a C stream.
/// Law: a line that will be redrawn is never wider than the terminal, so that it never scrolls. Cost: update() reads a
/// clock, some 25 ns, and draws five times a second; where there is no terminal it returns at once.

#include <sinter/meta/clock.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/train/history.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#if __has_include(<sys/ioctl.h>) && __has_include(<unistd.h>)
#include <sys/ioctl.h>
#include <unistd.h>
#endif

namespace sinter {

/// Where an epoch stands; loss and accuracy are means over the samples done.
struct progress_state {
    int epoch = 1;
    std::size_t samples_done = 0;
    std::size_t samples = 0;
    double loss = 0;
    std::optional<double> accuracy{};
};

namespace detail {

/// The columns of the terminal behind a stream, or 0 where there is none that can redraw a line.
inline std::size_t terminal_width(std::FILE* out) noexcept {
#if defined(TIOCGWINSZ)
    const char* kind = std::getenv("TERM");
    winsize window{};
    if (isatty(fileno(out)) == 0 || (kind != nullptr && std::strcmp(kind, "dumb") == 0)) return 0;
    return ioctl(fileno(out), TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
#else
    static_cast<void>(out);
    return 0;
#endif
}

/// printf into a string; every text here is short.
template <class... Numbers> std::string formatted(const char* format, Numbers... numbers) {
    char text[64];
    const int size = std::snprintf(text, sizeof text, format, numbers...);
    return {text, static_cast<std::size_t>(std::clamp(size, 0, 63))};
}

/// 532, 12k, 1.4M.
template <class Number>
std::string short_count(Number number) {
    if (number < 1e3) return formatted("%.0f", number);
    if (number < 1e6) return formatted("%.0fk", number / 1e3);
    return formatted("%.1fM", number / 1e6);
}

/// 0.4 s, 12 s, 3 min 20 s.
template <class Seconds>
std::string short_time(Seconds seconds) {
    if (seconds < 9.95) return formatted("%.1f s", seconds);
    if (seconds < 99.5) return formatted("%.0f s", seconds);
    const auto whole = std::llround(seconds);
    return formatted("%lld min %lld s", whole / 60, whole % 60);
}

}  // namespace detail

/// Shows training on a stream: `progress show(epochs); … show.update(state); … show.finish(record);`.
template <class String>
class basic_progress {
public:
    /// `width` is the terminal's; 0 stands for none.
    basic_progress(int epochs, std::FILE* out, std::size_t width) : epochs_(epochs), out_(out), width_(width) {
        restart();
    }

    explicit basic_progress(int epochs, std::FILE* out = stdout)
        : basic_progress(epochs, out, detail::terminal_width(out)) {}

    /// Redraws the line, if the last time is 0.2 s ago. The constructor and finish() start its clock.
    void update(const progress_state& state) {
        if (width_ == 0) return;
        const double now = meta::steady_seconds();
        if (now < next_draw_) return;
        next_draw_ = now + 0.2;
        draw(state, now - epoch_start_);
    }

    /// Ends the epoch's line.
    void finish(const epoch_record& record) { finish(record, ""); }
    /// With the loss and the accuracy of each output by its number: loss.0, accuracy.0, …
    template <int Outputs>
    void finish(const list_epoch_record<Outputs>& record) {
        String each;
        for (std::size_t k = 0; k < record.outputs.size(); ++k) {
            const output_record& output = record.outputs[k];
            if (output.loss) each += words("  loss.", k) + detail::formatted(" %.4f", *output.loss);
            if (output.accuracy) each += words("  accuracy.", k) + detail::formatted(" %.4f", *output.accuracy);
        }
        finish(record, each);
    }

private:
    void finish(const epoch_record& record, const String& each_output) {
        String line = head(record.epoch) + bar(1) + numbers(record.loss, record.accuracy) + each_output;
        if (record.validation_loss) line += detail::formatted("  validation loss %.4f", *record.validation_loss);
        if (record.validation_accuracy) line += detail::formatted("  validation %.4f", *record.validation_accuracy);
        if (record.test_accuracy) line += detail::formatted("  test %.4f (for show only)", *record.test_accuracy);
        line += speed(record.samples_per_second) + detail::short_time(record.seconds);
        show(line, "\n");
        last_test_ = record.test_accuracy;
        restart();
    }
    void restart() {
        epoch_start_ = meta::steady_seconds();
        next_draw_ = epoch_start_;
    }

    void draw(const progress_state& state, double seconds) {
        const double done = static_cast<double>(state.samples_done);
        const double part = state.samples == 0 ? 0 : (std::min)(1.0, done / static_cast<double>(state.samples));
        String line = head(state.epoch) + bar(part) + numbers(state.loss, state.accuracy);
        if (last_test_) line += detail::formatted("  test %.4f", *last_test_) + (narrow() ? "" : " (for show only)");
        if (part > 0 && seconds > 0) {
            const double left = seconds / part * (1 - part + (std::max)(0, epochs_ - state.epoch));
            line += speed(done / seconds) + detail::short_time(left) + " left";
        }
        // cut to fit: a line that wraps cannot be redrawn
        show(line.substr(0, width_ - 1), "");
    }

    /// Writes a line, on a terminal over the one before.
    void show(String line, const char* end) {
        if (width_ != 0) line = "\r" + line + "\x1b[K";
        line += end;
        std::fputs(line.c_str(), out_);
        std::fflush(out_);
    }

    String head(int epoch) const {
        const String all = words(epochs_), one = words(epoch);
        return words(narrow() ? "" : "epoch ", String(all.size() - (std::min)(all.size(), one.size()), ' '), one, "/",
                     all, " ");
    }

    String bar(double part) const {
        if (width_ == 0) return "";
        const std::size_t cells = narrow() ? 8 : 20;
        const auto full = static_cast<std::size_t>(part * static_cast<double>(cells));
        return words("[", String(full, '='), String(cells - full, ' '), "] ");
    }

    String speed(double samples_per_second) const {
        return words("  ", detail::short_count(samples_per_second), narrow() ? "/s  " : " samples/s  ");
    }

    /// Whether the whole line would not fit; then its words become fewer, its numbers stay.
    bool narrow() const noexcept { return width_ != 0 && width_ < 128; }

    static String numbers(double loss, std::optional<double> accuracy) {
        return detail::formatted("loss %.4f", loss) + (accuracy ? detail::formatted("  accuracy %.4f", *accuracy) : "");
    }

    int epochs_;
    std::FILE* out_;
    std::size_t width_;
    double epoch_start_;
    double next_draw_;
    std::optional<double> last_test_;
};
using progress = basic_progress<std::string>;  // a template, so that files that show nothing do not pay for it

}  // namespace sinter
