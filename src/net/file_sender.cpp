#include "net/file_sender.hpp"

#include <sys/sendfile.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vc::net {

namespace {

// As much as one connection sends before the others of its loop have their turn.
constexpr std::uint64_t kSliceBytes = 1 << 20;
constexpr std::size_t kWarmingReadBytes = 64 << 10;

bool is_cached_at(int fd, std::uint64_t offset) {
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  // A file system that cannot tell (EOPNOTSUPP) is taken to be in memory, as tmpfs is.
  return ::preadv2(fd, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

// The first and the last page: readahead fills what is between.
bool is_cached(int fd, std::uint64_t offset, std::uint64_t length) {
  return is_cached_at(fd, offset) && is_cached_at(fd, offset + length - 1);
}

// On a worker: reads the slice, so that the page cache holds it.
void warm(int fd, std::uint64_t offset, std::uint64_t length) {
  std::array<char, kWarmingReadBytes>
      scratch;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by pread.
  while (length > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, scratch.size()));
    const ssize_t bytes = ::pread(fd, scratch.data(), wanted, static_cast<off_t>(offset));
    if (bytes <= 0) {
      return;  // sendfile will meet the same and report it.
    }
    offset += static_cast<std::uint64_t>(bytes);
    length -= static_cast<std::uint64_t>(bytes);
  }
}

Task<> warm_on_worker(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange,
                      std::uint64_t offset, std::uint64_t length) {
  Connection& connection = *exchange->connection;
  auto warmed = std::make_shared<bool>(false);
  connection.lift_deadline();  // The client does not answer for our disk.
  loop->submit_when_room([loop, exchange, warmed, offset, length] {
    // The exchange keeps the response and with it the descriptor open.
    warm(std::get<FileRange>(exchange->response.body).fd.get(), offset, length);
    loop->post([exchange, warmed] {
      *warmed = true;
      if (exchange->connection != nullptr) {
        exchange->connection->wake();
      }
    });
  });
  while (!*warmed && !connection.aborted()) {
    co_await connection.suspend();
  }
}

enum class Sent { all, file_ended, file_broken, client_gone };

Task<Sent> send_slice(Connection& connection, int fd, off_t offset, std::uint64_t length) {
  while (length > 0) {
    const ssize_t sent = ::sendfile(connection.fd(), fd, &offset, length);
    if (sent > 0) {
      length -= static_cast<std::uint64_t>(sent);
      connection.count_moved(static_cast<std::size_t>(sent));
    } else if (sent == 0) {
      co_return Sent::file_ended;
    } else if (errno == EAGAIN) {
      if (!co_await connection.wait_writable()) {
        co_return Sent::client_gone;
      }
    } else if (errno == EIO || errno == EBADF || errno == EINVAL) {
      co_return Sent::file_broken;
    } else if (errno != EINTR) {
      co_return Sent::client_gone;
    }
  }
  co_return Sent::all;
}

}  // namespace

Task<bool> send_file(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange) {
  Connection& connection = *exchange->connection;
  const auto& range = std::get<FileRange>(exchange->response.body);
  const int fd = range.fd.get();
  std::uint64_t offset = range.offset;
  const std::uint64_t end = range.offset + range.length;
  while (offset < end) {
    const std::uint64_t length = std::min(end - offset, kSliceBytes);
    if (!is_cached(fd, offset, length)) {
      co_await warm_on_worker(loop, exchange, offset, length);
    }
    const Sent sent = co_await send_slice(connection, fd, static_cast<off_t>(offset), length);
    if (sent == Sent::file_ended || sent == Sent::file_broken) {
      loop->service().log.error(sent == Sent::file_ended
                                    ? "file shorter than announced; connection cut"
                                    : "file cannot be read; connection cut",
                                {{"announced_end", static_cast<std::int64_t>(end)}});
    }
    if (sent != Sent::all) {
      co_return false;
    }
    offset += length;
    if (offset < end) {
      co_await connection.yield();
    }
  }
  co_return true;
}

}  // namespace vc::net
