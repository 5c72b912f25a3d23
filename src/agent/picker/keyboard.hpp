// Keyboard: a terminal that gives every key at once and echoes none, for as long as this object
// lives, and the signals that would end the process meanwhile.
//
// However it ends, the terminal is as it was: keys that send signals are keys here (Ctrl-C,
// Ctrl-Z), and signals from elsewhere are told instead of taken. For a process with one thread.
#pragma once

#include "agent/picker/keys.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"

#include <signal.h>
#include <termios.h>

#include <memory>
#include <vector>

namespace vc::agent {

// What happened: keys, or one of the others.
struct KeyboardEvent {
  std::vector<Key> keys;
  int signal = 0;          // SIGINT, SIGTERM, SIGHUP or SIGQUIT.
  bool resized = false;    // The terminal has another size now.
  bool is_closed = false;  // There will be no more keys.
};

class Keyboard {
 public:
  // `terminal` must stay open. Errors: it is no terminal.
  static Result<std::unique_ptr<Keyboard>> open(int terminal);
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;
  Keyboard(Keyboard&&) = delete;
  Keyboard& operator=(Keyboard&&) = delete;

  // Blocks until something happens.
  KeyboardEvent wait();

 private:
  Keyboard(int terminal, UniqueFd signals, const termios& before, const sigset_t& mask);

  KeyboardEvent read_signal();
  KeyboardEvent read_keys();

  int terminal_;
  UniqueFd signals_;
  termios before_;
  sigset_t mask_;
  KeyDecoder decoder_;
};

}  // namespace vc::agent
