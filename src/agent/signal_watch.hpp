// SignalWatch: SIGINT, SIGTERM and SIGHUP as calls on a thread of its own, where anything may be
// done, instead of handlers, where almost nothing may.
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"

#include <signal.h>

#include <functional>
#include <memory>
#include <thread>

namespace vc::agent {

class SignalWatch {
 public:
  using Handler = std::function<void(int signal)>;

  // Blocks the signals in this thread and all it starts from now on: to be made before any other
  // thread. `handler` is called once a signal.
  static Result<std::unique_ptr<SignalWatch>> start(Handler handler);
  // Ends the watch; the signals have their former effect again.
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  SignalWatch(SignalWatch&&) = delete;
  SignalWatch& operator=(SignalWatch&&) = delete;

 private:
  SignalWatch(Handler handler, UniqueFd signals, UniqueFd stop, const sigset_t& before);

  void watch();

  Handler handler_;
  UniqueFd signals_;
  UniqueFd stop_;
  sigset_t before_;
  std::jthread thread_;
};

}  // namespace vc::agent
