#include "agent/trace/tracer.hpp"

#include "agent/trace/trace_filter.hpp"
#include "agent/trace/trace_launcher.hpp"

#include <signal.h>
#include <sys/socket.h>

namespace vc::agent {

Result<Tracer::Line> Tracer::open_line() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return std::unexpected(errno_error("socket for a traced task"));
  }
  return Line{.ours = UniqueFd(ends[0]), .launchers = UniqueFd(ends[1])};
}

Result<void> Tracer::follow(const UniqueFd& line, const std::string& program) {
  while (auto message = receive_from_launcher(line.get())) {
    if (message->kind == LauncherMessage::Kind::not_started) {
      return std::unexpected(errno_error("start " + program, message->error_number));
    }
    const std::scoped_lock lock(mutex_);
    if (message->kind == LauncherMessage::Kind::untraced) {
      untraced_ = why_not_traced(message->error_number);
      continue;
    }
    auto supervisor = TraceSupervisor::start(std::move(message->listener), log_);
    if (!supervisor) {
      return std::unexpected(std::move(supervisor).error());
    }
    supervisors_.push_back(*std::move(supervisor));
  }
  return {};
}

std::optional<std::string> Tracer::untraced() const {
  const std::scoped_lock lock(mutex_);
  return untraced_;
}

Trace Tracer::finish() {
  const std::scoped_lock lock(mutex_);
  for (const auto& supervisor : supervisors_) {
    supervisor->stop_noting();
  }
  return log_.settle();
}

std::size_t Tracer::end_survivors() {
  const std::scoped_lock lock(mutex_);
  std::size_t count = 0;
  for (const auto& supervisor : supervisors_) {
    for (const pid_t process : supervisor->survivors()) {
      count += ::kill(process, SIGKILL) == 0 ? 1 : 0;
    }
  }
  return count;
}

}  // namespace vc::agent
