//! The simulated disk keeps what it promises, and nothing else.
