#include "agent/posix_processes.hpp"

#include "agent/processes/output_pump.hpp"
#include "agent/trace/trace_launcher.hpp"
#include "agent/trace/tracer.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vc::agent {

namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return std::unexpected(errno_error("pipe for a task's output"));
  }
  return Pipe{.read_end = UniqueFd(ends[0]), .write_end = UniqueFd(ends[1])};
}

// Frees what posix_spawn's two C objects own.
struct SpawnActions {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnActions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }

  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }

  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  SpawnActions(SpawnActions&&) = delete;
  SpawnActions& operator=(SpawnActions&&) = delete;
};

void set_up_child(SpawnActions& actions, const fs::path& directory, int out, int err) {
  posix_spawn_file_actions_addchdir_np(&actions.files, directory.c_str());
  posix_spawn_file_actions_addopen(&actions.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions.files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions.files, err, STDERR_FILENO);

  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  posix_spawnattr_setsigmask(&actions.attributes, &none);
  posix_spawnattr_setsigdefault(&actions.attributes, &all);
  posix_spawnattr_setpgroup(&actions.attributes, 0);
  posix_spawnattr_setflags(
      &actions.attributes,
      static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
}

// A null-terminated array of C strings that borrows from `words`.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) {
    out.push_back(word.data());
  }
  out.push_back(nullptr);
  return out;
}

// `launcher` is the end of the line to the launcher of a traced process, else -1.
Result<pid_t> spawn(const ProcessSpec& spec, int out, int err, int launcher) {
  const auto path = spec.environment.find("PATH");
  VC_TRY(std::string program,
         find_program(spec.argv.front(), path == spec.environment.end() ? "" : path->second,
                      spec.directory));
  std::vector<std::string> variables;
  variables.reserve(spec.environment.size());
  const bool is_traced = launcher >= 0;
  for (const auto& [name, value] :
       is_traced ? launcher_environment(spec.environment) : spec.environment) {
    variables.push_back(fmt::format("{}={}", name, value));
  }
  std::vector<std::string> words = spec.argv;
  if (is_traced) {
    LauncherWords instead = launcher_words(program, spec.argv);
    program = std::move(instead.program);
    words = std::move(instead.argv);
  }
  std::vector<char*> environment = pointers_to(variables);
  std::vector<char*> argv = pointers_to(words);

  SpawnActions actions;
  set_up_child(actions, spec.directory, out, err);
  if (is_traced) {
    posix_spawn_file_actions_adddup2(&actions.files, launcher, kLauncherSocket);
  }
  pid_t pid = -1;
  int failure = ::posix_spawn(&pid, program.c_str(), &actions.files, &actions.attributes,
                              argv.data(), environment.data());
  if (failure == ENOEXEC) {  // A script without `#!`: a shell would run it itself.
    words.front() = program;
    words.insert(words.begin(), "/bin/sh");
    argv = pointers_to(words);
    failure = ::posix_spawn(&pid, "/bin/sh", &actions.files, &actions.attributes, argv.data(),
                            environment.data());
  }
  if (failure != 0) {
    return std::unexpected(errno_error("start " + program, failure));
  }
  return pid;
}

}  // namespace

Result<std::string> find_program(const std::string& name, std::string_view path_variable,
                                 const fs::path& directory) {
  const auto is_program = [](const fs::path& file) {
    struct stat status{};
    return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(file.c_str(), X_OK) == 0;
  };
  if (name.contains('/')) {
    const fs::path file = directory / name;
    if (is_program(file)) {
      return file.string();
    }
    return fail(Errc::not_found, name + ": no such program in " + directory.string());
  }
  std::string_view rest = path_variable;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const fs::path file = directory / fs::path(rest.substr(0, colon)) / name;
    if (is_program(file)) {
      return file.string();
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return fail(Errc::not_found, name + ": command not found",
              "the task's PATH is " + std::string(path_variable));
}

Result<ProcessExit> PosixProcesses::run(const ProcessSpec& spec, const OutputReceiver& receiver) {
  {
    const std::scoped_lock lock(mutex_);
    if (signal_ != 0) {
      return fail(Errc::canceled, "the run was interrupted");
    }
  }
  VC_TRY(Pipe out, make_pipe());
  VC_TRY(Pipe err, make_pipe());
  Tracer::Line line;
  if (spec.tracer != nullptr) {
    VC_TRY(line, Tracer::open_line());
  }
  VC_TRY(const pid_t pid,
         spawn(spec, out.write_end.get(), err.write_end.get(), line.launchers.get()));
  remember_group(pid);
  out.write_end.reset();
  err.write_end.reset();
  line.launchers.reset();
  const Result<void> started =
      spec.tracer == nullptr ? Result<void>{} : spec.tracer->follow(line.ours, spec.argv.front());

  OutputPump pump(pid, std::move(out.read_end), std::move(err.read_end),
                  {.timeout = spec.timeout, .grace = ending_grace_, .stop = spec.stop}, clock_);
  pump.run(receiver);

  // Forgotten before it is collected: until then the number cannot belong to anybody else.
  forget_group(pid);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) {
      return std::unexpected(errno_error("wait for " + spec.argv.front()));
    }
  }
  VC_CHECK(started);
  const bool was_killed = WIFSIGNALED(status);
  return ProcessExit{.status = was_killed ? 0 : WEXITSTATUS(status),
                     .signal = was_killed ? WTERMSIG(status) : 0,
                     .timed_out = pump.timed_out()};
}

void PosixProcesses::signal_all(int signal) {
  const std::scoped_lock lock(mutex_);
  signal_ = signal;
  for (const int group : groups_) {
    ::kill(-group, signal);
  }
}

void PosixProcesses::remember_group(int group) {
  const std::scoped_lock lock(mutex_);
  reaper_.add(group);
  groups_.insert(group);
  if (signal_ != 0) {  // The signal came between the check in run() and here.
    ::kill(-group, signal_);
  }
}

void PosixProcesses::forget_group(int group) {
  const std::scoped_lock lock(mutex_);
  if (signal_ != 0) {  // What ignored an interruption and lost its leader would stay for ever.
    ::kill(-group, SIGKILL);
  }
  reaper_.remove(group);
  groups_.erase(group);
}

}  // namespace vc::agent
