#include "agent/picker/keyboard.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace vc::agent {

namespace {

// The bytes of one key come together; what takes longer was Esc itself.
constexpr int kSequencePatienceMs = 50;

constexpr std::array kTakenSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

}  // namespace

Result<std::unique_ptr<Keyboard>> Keyboard::open(int terminal) {
  termios before{};
  if (::tcgetattr(terminal, &before) != 0) {
    return fail(Errc::io, std::string("the terminal: ") + std::strerror(errno));
  }
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int signal : kTakenSignals) {
    ::sigaddset(&taken, signal);
  }
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, &taken, &mask);
  UniqueFd signals(::signalfd(-1, &taken, SFD_CLOEXEC));
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (signals.get() < 0 || ::tcsetattr(terminal, TCSADRAIN, &raw) != 0) {
    const std::string why = std::strerror(errno);
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    return fail(Errc::io, "the terminal: " + why);
  }
  return std::unique_ptr<Keyboard>(new Keyboard(terminal, std::move(signals), before, mask));
}

Keyboard::Keyboard(int terminal, UniqueFd signals, const termios& before, const sigset_t& mask)
    : terminal_(terminal), signals_(std::move(signals)), before_(before), mask_(mask) {}

// First the terminal: a signal that waits may end the process as soon as it is let through.
Keyboard::~Keyboard() {
  ::tcsetattr(terminal_, TCSADRAIN, &before_);
  ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
}

KeyboardEvent Keyboard::wait() {
  std::array<pollfd, 2> watched{{{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = terminal_, .events = POLLIN, .revents = 0}}};
  const int patience_ms = decoder_.is_waiting() ? kSequencePatienceMs : -1;
  const int ready = ::poll(watched.data(), watched.size(), patience_ms);
  if (ready == 0) {
    return {.keys = decoder_.give_up_waiting()};
  }
  if (ready < 0) {
    return {.keys = {}, .is_closed = errno != EINTR};
  }
  return watched[0].revents != 0 ? read_signal() : read_keys();
}

KeyboardEvent Keyboard::read_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
    return {.keys = {}, .is_closed = true};
  }
  const int signal = static_cast<int>(info.ssi_signo);
  if (signal == SIGWINCH || signal == SIGTSTP) {
    return {.keys = {}, .resized = true};  // Of being stopped nothing would be left to see.
  }
  return {.keys = {}, .signal = signal};
}

KeyboardEvent Keyboard::read_keys() {
  std::array<char, 256> buffer{};
  const ssize_t count = ::read(terminal_, buffer.data(), buffer.size());
  if (count <= 0) {
    return {.keys = {}, .is_closed = count == 0 || errno != EINTR};
  }
  return {.keys = decoder_.feed({buffer.data(), static_cast<std::size_t>(count)})};
}

}  // namespace vc::agent
