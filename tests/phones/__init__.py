"""Phones that follow the rules of static/queue.js against the real server, over a bad line."""
