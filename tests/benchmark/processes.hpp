// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Peers in processes of their own, on the same core: peers.py, which waits for its turn on a pipe.
///
/// A peer starts with one line, "ready VERSION" or "absent REASON". It then answers "check" by the numbers of its first
/// steps or of its output, and "measure N" by the seconds of at most N repetitions, each answer a line of numbers.

#include "harness.hpp"
#include "task.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace benchmark {

/// A child process whose stdin and stdout are pipes to us; it ends when this object does.
class child {
public:
    explicit child(const std::string& command) {
        int to[2], from[2];
        if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return;
        signal(SIGPIPE, SIG_IGN);  // a peer that died answers nothing
        id_ = fork();
        if (id_ == 0) {
            dup2(to[0], 0), dup2(from[1], 1);
            execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
            _exit(127);
        }
        close(to[0]), close(from[1]);
        out_ = fdopen(to[1], "w");
        in_ = fdopen(from[0], "r");
    }
    ~child() {
        if (out_ != nullptr) std::fclose(out_);
        if (in_ != nullptr) std::fclose(in_);
        if (id_ > 0) kill(id_, SIGTERM), waitpid(id_, nullptr, 0);
    }
    child(const child&) = delete;

    /// The next line; empty at the end.
    std::string line() {
        std::string text;
        for (int c = 0; in_ != nullptr && (c = std::fgetc(in_)) != EOF && c != '\n';) text += static_cast<char>(c);
        return text;
    }
    std::vector<double> ask(const std::string& question) {
        if (std::fputs((question + "\n").c_str(), out_) < 0 || std::fflush(out_) != 0) return {};
        std::istringstream answer(line());
        std::vector<double> numbers;
        for (double x = 0; answer >> x;) numbers.push_back(x);
        return numbers;
    }

private:
    pid_t id_ = -1;
    std::FILE *in_ = nullptr, *out_ = nullptr;
};

inline void write_values(const std::filesystem::path& file, const auto& values) {
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof values[0]));
}

/// A folder that goes when this object does.
class temporary_folder {
public:
    explicit temporary_folder(const std::string& name)
        : path_{std::filesystem::temp_directory_path() / ("sinter-bench-" + name + std::to_string(getpid()))} {
        std::filesystem::create_directory(path_);
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The task as files that any language reads.
class task_folder : public temporary_folder {
public:
    explicit task_folder(const task& job) : temporary_folder{""} {
        write_values(path() / "bytes.u8", job.bytes), write_values(path() / "labels.u8", job.labels);
        write_values(path() / "weight1.f32", job.weight1), write_values(path() / "bias1.f32", job.bias1);
        write_values(path() / "weight2.f32", job.weight2), write_values(path() / "bias2.f32", job.bias2);
    }
};

/// Those of the named peers of peers.py that offer this row, ready to take turns; each has read its folder by then.
/// `error_of` says how far what they answer is off.
inline std::vector<contestant> processes(const suite& s, const std::filesystem::path& folder,
                                         std::initializer_list<const char*> names, const std::string& row,
                                         const std::function<double(const std::vector<double>&)>& error_of) {
    std::vector<contestant> all;
    if (s.peers_command.empty()) return all;
    for (const char* who : names) {
        const auto peer = std::make_shared<child>(s.peers_command + " " + who + " " + row + " " + folder.string());
        const std::string said = peer->line();
        if (!said.starts_with("ready ")) {
            s.skip(row + " by " + who, said.empty() ? "it ended at its start" : said);
            continue;
        }
        all.push_back({.who = who,
                       .note = said.substr(6),
                       .measure =
                           [peer](int repetitions, std::vector<double>& out) {
                               const auto seconds = peer->ask("measure " + std::to_string(repetitions));
                               out.insert(out.end(), seconds.begin(), seconds.end());
                           },
                       .error = [peer, error_of] { return error_of(peer->ask("check")); }});
    }
    return all;
}

/// All of them, on the task.
inline std::vector<contestant> processes(const suite& s, const task& job, const std::string& row,
                                         const std::vector<double>& reference) {
    if (s.peers_command.empty()) return {};
    static const task_folder folder(job);
    auto all = processes(s, folder.path(), {"torch", "torch-compile", "jax", "tensorflow", "keras", "onnxruntime"}, row,
                         [reference](const auto& answer) { return largest_difference(answer, reference); });
    for (contestant& c : all)
        if (c.who == "keras") c.error = [error = c.error] { return error() / other_epsilon; };
    return all;
}

}  // namespace benchmark
