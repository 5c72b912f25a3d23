#include "agent/run/task_command.hpp"

#include "agent/run/task_process.hpp"

#include <algorithm>
#include <utility>

namespace vc::agent {

ScriptProcesses TaskCommand::processes_of(TaskId task) {
  const TaskNode& node = context_.node(task);
  ProcessSpec spec = process_of(context_, task);
  if (node.definition.given.contains(TaskKey::script_runner)
          ? node.definition.script_runner == ScriptRunner::direct
          : context_.config.script_runner == ScriptRunner::direct) {
    if (auto scripts = script_processes(spec, managers_)) {
      return *std::move(scripts);
    }
  }
  ScriptProcesses command;
  command.processes.push_back(std::move(spec));
  return command;
}

Result<ProcessExit> TaskCommand::run(ScriptProcesses command, std::chrono::milliseconds timeout,
                                     const Processes::OutputReceiver& receiver) {
  const SteadyTime start = context_.clock.steady_now();
  ProcessExit exit;
  for (ProcessSpec& process : command.processes) {
    const auto before =
        std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.steady_now() - start);
    if (timeout.count() > 0) {
      process.timeout = std::max(timeout - before, std::chrono::milliseconds(1));
    }
    VC_TRY(exit,
           processes_.run(process, [&](OutputStream stream, std::chrono::milliseconds since_start,
                                       std::string_view bytes) {
             receiver(stream, before + since_start, bytes);
           }));
    if (!exit.succeeded()) {
      break;
    }
  }
  if (exit.signal != 0 && !exit.timed_out && command.signal_status) {
    exit = {.status = *command.signal_status};
  }
  constexpr int kNotFound = 127;
  if (exit.signal == 0 && exit.status == kNotFound) {
    exit.status = command.not_found_status;
  }
  return exit;
}

}  // namespace vc::agent
