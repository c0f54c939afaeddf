#pragma once

#include <chrono>
#include <cstddef>

namespace scorefem::serving {

/// What one connection may take of a server.
struct ConnectionLimits {
  using Seconds = std::chrono::duration<double>;
  Seconds pause{10};                     //!< without a byte, and until the next request begins
  Seconds arrival{60};                   //!< waited for all of a request, however its bytes come
  Seconds contested{2};                  //!< the same while other connections wait for a thread
  Seconds departure{60};                 //!< waited until the client has taken an answer
  std::size_t largest_request{1 << 24};  //!< bytes, with headers and the lengths of chunks
};

}  // namespace scorefem::serving
