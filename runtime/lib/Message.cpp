//===- Message.cpp - Failing without allocating ---------------------------===//

#include "Message.h"

#include <cstdarg>
#include <cstdio>

AttnStatus attn::runtime::fail(AttnMessage *message, AttnStatus status,
                               const char *format, ...) {
  if (!message || message->structSize <= offsetof(AttnMessage, text))
    return status;
  va_list values;
  va_start(values, format);
  std::vsnprintf(message->text,
                 message->structSize - offsetof(AttnMessage, text), format,
                 values);
  va_end(values);
  return status;
}
