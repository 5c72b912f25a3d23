// ZstdWriter, ZstdReader: zstd frames (RFC 8878) as streams, with limits for hostile input.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace vc {

// Compresses to a sink, one frame with content checksum.
class ZstdWriter {
 public:
  using Sink = std::function<Result<void>(ByteView)>;

  explicit ZstdWriter(Sink sink, int level = 3);
  ~ZstdWriter();
  ZstdWriter(const ZstdWriter&) = delete;
  ZstdWriter& operator=(const ZstdWriter&) = delete;
  ZstdWriter(ZstdWriter&&) = delete;
  ZstdWriter& operator=(ZstdWriter&&) = delete;

  Result<void> write(ByteView bytes);
  // Ends the frame. Nothing may be written afterwards.
  Result<void> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Decompresses from a source. Skippable frames are skipped; several frames are read as one stream.
class ZstdReader {
 public:
  // Fills the buffer as far as it can; 0 is the end of input.
  using Source = std::function<Result<std::size_t>(std::span<std::byte>)>;

  // `window_log_max` bounds memory to 2^n bytes whatever the input asks for (Errc::corrupt past
  // it).
  explicit ZstdReader(Source source, int window_log_max = 27);
  ~ZstdReader();
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;
  ZstdReader(ZstdReader&&) = delete;
  ZstdReader& operator=(ZstdReader&&) = delete;

  // Fills `out` fully unless the stream ends; returns the number of bytes. Truncation, a bad
  // checksum, bytes that are no frame or no bytes at all are Errc::corrupt. What was read is known
  // to be whole only when a read comes back short: read on to the end before trusting any of it.
  Result<std::size_t> read(std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vc
