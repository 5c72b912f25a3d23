#include "net/upload.hpp"

#include <algorithm>
#include <array>
#include <mutex>

namespace vc::net {

namespace {

struct Piece {
  std::unique_ptr<char[]> bytes;
  std::size_t capacity = 0;
  std::size_t filled = 0;
};

enum class Position { middle, last };

// What the loop and the workers share of one upload.
struct SinkWork {
  SinkWork(std::shared_ptr<Exchange> of_exchange, std::unique_ptr<BodySink> of_sink)
      : exchange(std::move(of_exchange)), sink(std::move(of_sink)) {}

  // The sink may look at the head as long as it lives.
  std::shared_ptr<Exchange> exchange;

  std::mutex mutex;  // A client that leaves retires the sink while a worker may be writing.
  std::unique_ptr<BodySink> sink;

  std::array<Piece, 2> pieces;  // One is the worker's while `busy`, the other the loop's.

  // On the loop only.
  bool busy = false;
  std::optional<Response> refusal;
};

void retire(EventLoop& loop, std::shared_ptr<SinkWork> work) {
  loop.submit_when_room([work = std::move(work)] {
    const std::lock_guard lock(work->mutex);
    work->sink.reset();
  });
}

// Gives the sink up unless it was handed over.
class SinkGuard {
 public:
  SinkGuard(EventLoop& loop, std::shared_ptr<SinkWork> work)
      : loop_(loop), work_(std::move(work)) {}

  SinkGuard(const SinkGuard&) = delete;
  SinkGuard& operator=(const SinkGuard&) = delete;
  SinkGuard(SinkGuard&&) = delete;
  SinkGuard& operator=(SinkGuard&&) = delete;

  ~SinkGuard() {
    if (work_) {
      retire(loop_, std::move(work_));
    }
  }

  void release() { work_.reset(); }

 private:
  EventLoop& loop_;
  std::shared_ptr<SinkWork> work_;
};

// On a worker.
std::expected<void, Response> write_piece(const std::shared_ptr<EventLoop>& loop, SinkWork& work,
                                          std::size_t index, Position position) {
  const std::lock_guard lock(work.mutex);
  if (!work.sink) {
    return {};  // Retired meanwhile: the client has left.
  }
  const Piece& piece = work.pieces.at(index);
  std::expected<void, Response> written;
  if (piece.filled > 0) {
    written = work.sink->write(as_bytes({piece.bytes.get(), piece.filled}));
  }
  if (written && position == Position::last) {
    work.sink->finish(make_reply(loop, work.exchange));
  }
  if (!written || position == Position::last) {
    work.sink.reset();
  }
  return written;
}

// On the loop, when a worker is done with a piece.
void take_result(SinkWork& work, std::expected<void, Response> written) {
  work.busy = false;
  if (!written) {
    work.refusal = std::move(written).error();
  }
  if (Connection* connection = work.exchange->connection) {
    connection->wake();
    if (work.refusal) {
      connection->interrupt();  // The rest of the body need not be waited for.
    }
  }
}

std::function<void()> writing(std::shared_ptr<EventLoop> loop, std::shared_ptr<SinkWork> work,
                              std::size_t index, Position position) {
  return [loop = std::move(loop), work = std::move(work), index, position] {
    auto written = write_piece(loop, *work, index, position);
    loop->post(
        [work, written = std::move(written)]() mutable { take_result(*work, std::move(written)); });
  };
}

// Until the piece is full, the body at its end (`left` is 0) or the sink against it. false: the
// client has gone.
Task<bool> fill(Piece& piece, std::uint64_t& left, BodyReader& reader, const SinkWork& work) {
  piece.filled = 0;
  if (!piece.bytes) {
    piece.capacity = static_cast<std::size_t>(std::min<std::uint64_t>(kUploadPieceBytes, left));
    piece.bytes = std::make_unique_for_overwrite<char[]>(piece.capacity);
  }
  while (piece.filled < piece.capacity && left > 0 && !work.refusal) {
    const std::size_t bytes = co_await reader.read_some(
        std::span(piece.bytes.get() + piece.filled, piece.capacity - piece.filled));
    if (bytes == 0) {
      co_return work.refusal.has_value();
    }
    piece.filled += bytes;
    left -= bytes;
  }
  co_return true;
}

}  // namespace

Task<UploadEnd> receive_upload(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange,
                               BodyReader& reader, std::unique_ptr<BodySink> sink) {
  Connection& connection = *exchange->connection;
  auto work = std::make_shared<SinkWork>(exchange, std::move(sink));
  SinkGuard guard(*loop, work);
  std::uint64_t left = reader.left().value_or(0);
  auto position = Position::middle;
  bool begun = false;
  for (std::size_t index = 0; position == Position::middle; index = 1 - index) {
    connection.demand_pace();
    if (!co_await fill(work->pieces.at(index), left, reader, *work)) {
      co_return UploadEnd::gone;
    }
    connection.lift_deadline();  // From here it is the disk that is waited for.
    while (work->busy && !connection.aborted()) {
      co_await connection.suspend();
    }
    if (connection.aborted()) {
      co_return UploadEnd::gone;
    }
    if (work->refusal) {
      break;
    }
    position = left == 0 ? Position::last : Position::middle;
    auto job = writing(loop, work, index, position);
    work->busy = true;
    if (begun) {
      loop->submit_when_room(std::move(job));
    } else if (!loop->service().workers.try_submit(std::move(job))) {
      co_return UploadEnd::overloaded;
    }
    begun = true;
  }
  while (work->busy && !connection.aborted()) {
    co_await connection.suspend();
  }
  if (work->busy) {
    co_return UploadEnd::gone;
  }
  guard.release();  // The worker has destroyed the sink itself.
  if (auto refusal = std::move(work->refusal)) {
    exchange->response = *std::move(refusal);
    co_return UploadEnd::refused;
  }
  co_return UploadEnd::handed_over;
}

void retire_sink(EventLoop& loop, std::shared_ptr<Exchange> exchange,
                 std::unique_ptr<BodySink> sink) {
  retire(loop, std::make_shared<SinkWork>(std::move(exchange), std::move(sink)));
}

}  // namespace vc::net
