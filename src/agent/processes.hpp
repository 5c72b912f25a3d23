// Processes: the seam between the executor and the operating system's processes.
#pragma once

#include "agent/task_log.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

class Tracer;  // trace/tracer.hpp

struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] is looked up in the PATH of `environment`.
  fs::path directory;             // Absolute.
  std::map<std::string, std::string> environment;
  std::chrono::milliseconds timeout{0};  // After which it is ended with its group; 0: none.
  std::stop_token stop;                  // Ends it in the same way.
  Tracer* tracer = nullptr;  // Watches what the process does with files; null: nobody does.
};

struct ProcessExit {
  int status = 0;          // What it returned; meaningless when it was killed.
  int signal = 0;          // The signal that killed it, else 0.
  bool timed_out = false;  // However it ended then.

  bool succeeded() const { return status == 0 && signal == 0 && !timed_out; }
};

class Processes {
 public:
  using OutputReceiver =
      std::function<void(OutputStream, std::chrono::milliseconds since_start, std::string_view)>;

  virtual ~Processes() = default;
  // Blocks until the process has ended and its output is read; `receiver` is called on this
  // thread. Safe to call from many threads at once. Errors: Errc::not_found, no such program (the
  // message names it and where it was looked for); canceled after signal_all(); io.
  virtual Result<ProcessExit> run(const ProcessSpec& spec, const OutputReceiver& receiver) = 0;
  // Sends the signal to the group of every running process; nothing starts from now on.
  virtual void signal_all(int signal) = 0;
};

}  // namespace vc::agent
