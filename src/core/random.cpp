#include "core/random.hpp"

#include "core/assert.hpp"

#include <sys/random.h>

#include <cerrno>

namespace vc {

Bytes random_bytes(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = ::getrandom(bytes.data() + done, count - done, 0);
    VC_ASSERT(got > 0 || errno == EINTR);
    done += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return bytes;
}

}  // namespace vc
