// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a job does in a process of its own: for jobs that abort, or that fork is part of. Unix only.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace sinter_test {

struct child_end {
    bool returned;     ///< the job came to its end, without an exception
    int signal;        ///< that ended the process, or 0; SIGALRM if it took too long
    std::string said;  ///< to stderr
};

/// Runs `job` in a child process for at most so many seconds.
template <class Job>
child_end in_child(Job&& job, unsigned seconds = 60) {
    int ends[2];
    if (pipe(ends) != 0) return {false, 0, "no pipe"};
    std::fflush(nullptr);
    const pid_t id = fork();
    if (id == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        std::signal(SIGABRT, SIG_DFL);  // not doctest's report
        std::signal(SIGALRM, SIG_DFL);
        alarm(seconds);
        try {
            job();
        } catch (...) {
            _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    child_end found{false, 0, {}};
    char some[256];
    for (ssize_t n = 0; (n = read(ends[0], some, sizeof some)) > 0;)
        found.said.append(some, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    waitpid(id, &status, 0);
    found.returned = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    found.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return found;
}

/// Whether the job fails an assertion, or is refused by abort, with these words.
template <class Job>
bool aborts_with(const char* words, Job&& job) {
    const child_end end = in_child(job);
    return end.signal == SIGABRT && end.said.find(words) != std::string::npos;
}

}  // namespace sinter_test
