# Statements are answered for when they were admitted; the commit comes after.
set(BEFORE_1 [[/* ---- APPEND ---- */
]])
set(AFTER_1 [[/* ---- APPEND ---- */
static struct log_write *late;
]])
set(BEFORE_2 [[        log_write_abort(b.write);
        return e;
    }
    return log_write_commit(b.write);
]])
set(AFTER_2 [[        log_write_abort(b.write);
        return e;
    }
    late = b.write;
    return ERR_OK;
]])
set(BEFORE_3 [[        uv_async_send(&w->async);
]])
set(AFTER_3 [[        uv_async_send(&w->async);
        if (late != NULL && log_write_commit(late) != ERR_OK) abort();
        late = NULL;
]])
